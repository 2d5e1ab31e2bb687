"""The attachments widget."""
