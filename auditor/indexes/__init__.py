"""Package indexes over HTTP: what Debian's, Alpine's, Python's and npm's say of their packages."""
