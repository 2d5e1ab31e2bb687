"""The subtable widget."""
