"""Commands: everything that can be done to definitions, each with its inverse. One kind or family a file."""
