"""Nodes: steps of flows and pipelines, one Protocol and one registry."""
