"""The organisation on the designer's desk: units, seats and members are rows, changed by acts that have an inverse."""
