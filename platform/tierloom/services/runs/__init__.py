"""How results come about: `placers` ask the rules, `touched` tells whom a write concerns, `ways` stores who moved."""
