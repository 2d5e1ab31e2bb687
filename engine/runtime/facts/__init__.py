"""Facts: a columnar copy of what metrics measure, fed from the event log, and the same plans of figures asked of it."""
