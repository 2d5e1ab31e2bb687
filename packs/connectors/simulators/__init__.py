"""Simulators: the other side of each connector as a real server with sign-in, pages, limits, errors and faults that are switched on."""
