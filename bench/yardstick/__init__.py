"""The yardstick: the same requests answered by a Starlette handler with SQL written by hand, as well as we can.

It has the duties of the product's request and no generality: the session row with the user's epoch, the scope set, one
read transaction in one hop, ids and decimals as text, a signed cursor, ETag, security headers; a write also its
idempotency row, history rows, event rows, document number and the parent's sums. On SQLite writes are committed in
groups at WAL + FULL by one thread, on PostgreSQL each by itself on one of four connections.
`python -m bench.yardstick DATABASE PORT`; it serves a file of SQLite or a `postgresql://` address.
"""
