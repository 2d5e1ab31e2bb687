"""The pairs widget."""
