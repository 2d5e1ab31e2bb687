"""Installing and reloading applications: folders compiled, databases migrated, the served model swapped."""
