"""Types a rule against the catalogue: syntax in, IR out, every problem with its place."""
