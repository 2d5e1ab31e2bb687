"""The bundle: one archive from which the product is installed with no network."""
