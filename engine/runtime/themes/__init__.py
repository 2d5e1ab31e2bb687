"""Themes: which row a sentence is about, learnt from what people have confirmed; all on this machine."""
