"""Jobs as people see them: what runs and what came of it, schedules, the clean-up. `tierloom.jobs` does the work."""
