"""The kanban widget."""
