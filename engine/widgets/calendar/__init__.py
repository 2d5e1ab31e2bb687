"""The calendar widget."""
