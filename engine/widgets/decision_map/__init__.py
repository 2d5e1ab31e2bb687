"""A decision-chain map."""
