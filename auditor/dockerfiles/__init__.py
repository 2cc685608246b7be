"""Reads Dockerfiles: what each stage does, and what of it reaches the image."""
