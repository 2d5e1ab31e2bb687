"""Query: the choke point. Every row that leaves the database is selected here, with the reader's rights inside."""
