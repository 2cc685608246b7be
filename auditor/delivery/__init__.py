"""Finished texts to the outside: one file per way out."""
