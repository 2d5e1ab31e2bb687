"""The table widget."""
