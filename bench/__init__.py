"""Measurements: absolute figures, median of five, printed and written to build/bench.json."""
