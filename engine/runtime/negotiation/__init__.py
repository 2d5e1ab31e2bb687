"""The negotiation sandbox: what is like a deal, what may be offered, what that would come to, and what was decided."""
