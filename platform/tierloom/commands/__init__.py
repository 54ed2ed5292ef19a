"""Groups of commands that stand beside `tierloom.cli` and are added there."""
