"""Workflows of the draft: what lies around them, tried on records, and the paths that app tests walk."""
