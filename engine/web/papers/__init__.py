"""Papers: documents about a record as their reader may have them: a page, a print, a PDF, an attachment, a letter."""
