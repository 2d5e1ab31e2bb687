"""Notifying: who is told by which channel and when, and the messages that leave."""
