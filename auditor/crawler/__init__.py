"""Walks a registry through two protocols; no input or output of its own."""
