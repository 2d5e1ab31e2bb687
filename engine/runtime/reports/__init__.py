"""Reports: who gets which figures when, told once for each time."""
