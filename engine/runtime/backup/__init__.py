"""Backup: the whole installation in one logical form, the same for both databases, and back into an empty one."""
