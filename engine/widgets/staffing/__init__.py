"""The staffing widget."""
