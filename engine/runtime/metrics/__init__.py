"""Metrics: figures of the dictionary over the rows a reader may see."""
