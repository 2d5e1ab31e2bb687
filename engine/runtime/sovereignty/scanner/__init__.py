"""The proof scanner: an independent program that looks for what was erased in every file, in every form, beside a control.

It imports nothing of what erases and is run in a process of its own.
"""
