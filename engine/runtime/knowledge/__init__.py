"""Knowledge graphs at work: who sees one, what an installation has changed in it, and what to say next to a customer."""
