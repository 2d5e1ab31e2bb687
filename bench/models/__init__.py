"""`make prove-models`: what is promised of models, measured on public data and on made-up rows."""
