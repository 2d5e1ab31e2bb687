"""The inbox: what waits for a person, of every kind, in one order."""
