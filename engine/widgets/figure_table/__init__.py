"""The figure table widget."""
