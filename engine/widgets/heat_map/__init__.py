"""The heat map widget."""
