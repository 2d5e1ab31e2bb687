"""The draft: what designers changed and did not publish, kept in the installation's database for all of them."""
