"""Differences: what publishing a draft changes, in words, by decision, as text, and whom it concerns. Pure functions."""
