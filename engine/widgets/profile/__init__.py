"""The profile widget."""
