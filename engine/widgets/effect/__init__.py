"""The effect widget."""
