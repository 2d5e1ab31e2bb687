"""The price simulator widget."""
