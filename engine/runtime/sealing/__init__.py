"""Sealing: how values of sealed fields become the envelopes of their rows, and come back out of them."""
