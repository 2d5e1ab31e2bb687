"""The compiler: text to documents with positions, through passes, to an AppModel or diagnostics."""
