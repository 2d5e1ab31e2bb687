"""The launch curve widget."""
