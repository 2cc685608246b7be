"""What the command line, the pages and the API may read."""
