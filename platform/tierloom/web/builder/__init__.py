"""The nested builder: one form for every rule. Tier models, segments and filters use it."""
