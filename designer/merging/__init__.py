"""Merging: two changes of one text become one, by line or by id and key; what both changed differently is a clash."""
