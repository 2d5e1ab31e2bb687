"""The field widget."""
