"""Which packages an installation brings: lists and indexes -> closures, as each tool resolves."""
