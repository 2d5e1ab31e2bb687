"""The tab widget."""
