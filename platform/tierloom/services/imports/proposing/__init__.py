"""New tables from a file: what its columns hold, whose rows they are, and the tables that follow.

concepts (names) and columns (texts) → inferring (types) → dependencies, layouts (which table a column
belongs to) → proposal; figures adds the standard totals, documents writes tables and forms.
Nothing here writes to the database.
"""
