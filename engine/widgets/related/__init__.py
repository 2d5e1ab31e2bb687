"""The related widget."""
