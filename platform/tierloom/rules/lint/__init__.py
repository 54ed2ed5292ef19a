"""The rule check: what is wrong with rules that compile, proven over every record that there can be."""
