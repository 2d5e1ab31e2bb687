"""The step widget."""
