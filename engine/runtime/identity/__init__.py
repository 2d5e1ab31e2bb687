"""Identity: users, passwords, sessions and API tokens."""
