"""Upgrading: a changed copy of a shipped pack is brought together with the newer edition that the product has come with."""
