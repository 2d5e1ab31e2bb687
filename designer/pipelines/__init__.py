"""Pipelines of the draft: what comes out of a node, what could be joined and known, and which question is asked."""
