"""The chain of the audit log: sealed by one, signed, anchored outside, verified."""
