"""The negotiation sandbox: its style, and what moves on its page."""
