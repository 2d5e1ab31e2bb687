"""Physical schema: declared tables, the live ones, the plan between them, and the stores that hold anything."""
