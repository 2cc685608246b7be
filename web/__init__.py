"""The read-only dashboard and the JSON API."""
