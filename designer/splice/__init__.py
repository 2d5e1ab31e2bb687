"""Splices: surgical edits of a definition's text. What is not edited keeps every byte: comments, order, quotes, line ends."""
