"""Sources made by choosing: what connectors offer, what fits which field, the definitions that follow."""
