"""Writing records: create, update, delete, restore, transitions, bulk; every write is a Change given to the sinks."""
