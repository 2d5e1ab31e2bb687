"""The strategy pack: knowledge graphs as text, and the training of models."""
