"""The pivot widget."""
