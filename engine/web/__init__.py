"""HTTP: requests to commands, results to pages and JSON."""
