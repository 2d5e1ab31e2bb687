"""The range widget."""
