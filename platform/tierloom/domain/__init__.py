"""The values that Tierloom is about. They are frozen, refuse what can never be right, and do nothing else."""
