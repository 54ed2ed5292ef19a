"""Imports: a file is read apart, matched to fields, checked column-wise, published in chunks, and
can be undone.
"""
