"""JSON routes, one file per resource."""
