"""Answers to surveys: wide sheets with a question a column, read into answers with types and choices."""
