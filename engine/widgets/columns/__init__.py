"""The columns widget."""
