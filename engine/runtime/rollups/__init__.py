"""Roll-ups: figures kept folded, right after every write: a write appends deltas, a job folds them, a reader sums both."""
