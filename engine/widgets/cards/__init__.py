"""The cards widget."""
