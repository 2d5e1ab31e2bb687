"""Widgets: one folder each, one contract."""
