"""The formula bar's other half: formulas tried at their place in the draft, and worked out on a row that is there."""
