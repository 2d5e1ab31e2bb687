"""What editors ask of the compiler while an author types: diagnostics, completion, hover, go to definition."""
