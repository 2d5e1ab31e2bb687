"""The approval widget."""
