"""Statistics behind widgets and alerts: pure functions over numbers, each with its source. They read nothing."""
