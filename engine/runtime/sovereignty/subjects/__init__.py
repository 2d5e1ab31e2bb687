"""Subject operations: a request about one data subject, planned to the row, approved by two, carried out, proved, certified."""
