"""The next step widget."""
