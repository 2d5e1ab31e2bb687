"""The to-do list widget."""
