"""Training: from a feature table to a model's file and its card, on this machine, without a network."""
