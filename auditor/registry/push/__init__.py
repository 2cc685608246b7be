"""Push events of registries: who sent them, and which repositories they hint at. Pure."""
