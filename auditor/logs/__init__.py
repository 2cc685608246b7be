"""Logs and error reports, and what never gets into them."""
