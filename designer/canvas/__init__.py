"""The canvas: pages, dashboards and forms of the draft as they will look, each item marked with where it stands in its file."""
