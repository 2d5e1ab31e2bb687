"""Contract stores: files of contracts in a folder or a bucket, read into typed clauses."""
