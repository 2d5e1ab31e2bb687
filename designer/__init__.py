"""The server half of the designer: edits definition text by typed commands."""
