"""Sources: rows from elsewhere, read by one connector a kind and written by the import path."""
