"""Reorganising: a plan of changes to units and seats, tried on the organisation as it stands, published when nothing breaks."""
