"""The organisation kernel: units, seats, memberships and delegations, effective-dated."""
