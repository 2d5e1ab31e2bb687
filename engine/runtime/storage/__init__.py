"""Field storage: how values of each field type lie in columns, and which tables a model needs."""
