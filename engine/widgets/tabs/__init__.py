"""The tabs widget."""
