"""HTML routes, one file per page."""
