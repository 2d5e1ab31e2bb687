"""Publishing: the texts of a draft made live as one act: rehearsed, swapped, migrated, recorded; or nothing of it."""
