"""Modeling: from a feature plan to one statement, its rows, and what they say of themselves."""
