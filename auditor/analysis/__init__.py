"""Pure questions about sizes, layers, build steps and bases."""
