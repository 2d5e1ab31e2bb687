"""From a sheet to an application: what its columns are, and the definitions that follow from them."""
