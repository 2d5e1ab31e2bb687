"""The designer over HTTP: what its browser half asks and tells."""
