"""The beside widget."""
