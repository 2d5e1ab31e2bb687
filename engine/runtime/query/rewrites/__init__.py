"""Rewrites of conditions, one a file: same rows, better plans."""
