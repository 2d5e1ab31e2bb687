"""Databases: sessions over SQLite and PostgreSQL behind one Protocol.

Physical types, the same for everybody: numbers, ids, instants (microseconds since the epoch, UTC) and durations (seconds) are
64-bit integers; text is TEXT, in PostgreSQL with COLLATE "C" so that it compares by code point; booleans are INTEGER 0/1 in
SQLite and BOOLEAN in PostgreSQL; dates are TEXT 'YYYY-MM-DD' in SQLite and DATE in PostgreSQL; JSON is TEXT in both.
"""
