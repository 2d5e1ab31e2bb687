"""The record_header widget."""
