"""What the JSON documents hold, key by key: one shape per document, for mypy and OpenAPI."""
