"""The duty widget."""
