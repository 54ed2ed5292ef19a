"""What was: past days, who moved and why, the history of a record, sizes over time."""
