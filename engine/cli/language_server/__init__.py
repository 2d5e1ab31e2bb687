"""`dougong lsp`: what editors ask while an author types, answered over a pipe in the Language Server Protocol 3.17."""
