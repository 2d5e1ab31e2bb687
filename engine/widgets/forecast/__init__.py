"""The forecast widget."""
