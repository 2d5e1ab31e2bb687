"""Fixes: the command that mends a problem of the draft, where one is known. One family a file, and one table of them."""
