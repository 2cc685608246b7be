"""Frozen types of the product's vocabulary; the standard library only."""
