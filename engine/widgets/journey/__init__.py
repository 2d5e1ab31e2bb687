"""The journey widget."""
