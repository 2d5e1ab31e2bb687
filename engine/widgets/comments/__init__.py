"""The comments widget."""
