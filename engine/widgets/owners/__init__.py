"""The owners widget."""
