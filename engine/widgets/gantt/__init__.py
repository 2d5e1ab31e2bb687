"""The gantt widget."""
