"""Figure watches: bounds that people set on figures of their own, and the clock that tells them when one is passed."""
