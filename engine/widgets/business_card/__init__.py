"""The business card widget."""
