"""The chart widget."""
