"""The services that run an AppModel on a database."""
