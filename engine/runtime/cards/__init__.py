"""Business cards and signatures, read by rules."""
