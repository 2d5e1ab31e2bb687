"""Sign-in by an OpenID Connect provider: the company's own directory says who somebody is, over the egress gate."""
