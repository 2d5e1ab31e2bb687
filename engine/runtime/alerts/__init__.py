"""Alerts: watched figures, days that are far from usual, and the rows that tell of them."""
