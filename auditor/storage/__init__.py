"""What a registry's storage holds, read from its folder or from a list of its keys."""
