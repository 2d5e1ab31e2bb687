"""Access: decisions on entities, rows and fields as frozen values, and their explanation."""
