"""The divider widget."""
