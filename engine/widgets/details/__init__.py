"""The details widget."""
