"""The organisation chart."""
