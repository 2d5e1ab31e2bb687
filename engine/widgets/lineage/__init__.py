"""The lineage map: its drawing and its looks."""
