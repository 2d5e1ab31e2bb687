"""The section widget."""
