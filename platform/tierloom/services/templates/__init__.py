"""Templates laid over a workspace's own tables: nothing is typed, nothing is stored before somebody says so.

matching    which field holds which figure
purchases   the records that are linked to a table, and the figures that can be worked out from them
thresholds  numbers proposed from the data, rounded
plans       all of it together: what would be made, and how many records go where
creating    the calculated fields and the draft
"""
