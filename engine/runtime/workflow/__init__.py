"""Workflows: decisions on transitions, pure; their effects are writes of the record services."""
