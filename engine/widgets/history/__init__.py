"""The history widget."""
