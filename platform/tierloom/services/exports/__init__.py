"""Exports: one writer for every file that leaves the product."""
