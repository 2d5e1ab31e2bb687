"""Import and export of rows: sheets in, sheets out, always with the caller's rights."""
