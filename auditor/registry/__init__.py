"""Registry HTTP API and OCI layouts on disk, read-only."""
