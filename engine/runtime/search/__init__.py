"""Search: our own tokens, the index over them, and how a search text asks it."""
