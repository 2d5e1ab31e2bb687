"""The facts widget."""
