"""Sovereignty: what may leave, where to, and the record of it."""
