"""Demo data: seeded rows from recipes written in the packs."""
