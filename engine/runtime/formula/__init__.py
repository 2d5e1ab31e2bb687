"""The back ends of the formula language: Python values, SQL of both dialects, JavaScript."""
