"""App tests: given, when, then, on the services of the runtime."""
