"""Installable packs: applications as text. Python stands only in strategy, sovereignty and connectors."""
