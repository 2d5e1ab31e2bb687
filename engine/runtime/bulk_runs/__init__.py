"""Bulk runs: acts on all rows that a list finds, kept with what became of each row."""
