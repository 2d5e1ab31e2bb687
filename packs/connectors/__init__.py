"""Connectors to the systems of a sales company, each with a simulator of the other side."""
