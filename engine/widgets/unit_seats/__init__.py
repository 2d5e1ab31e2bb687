"""The unit_seats widget."""
