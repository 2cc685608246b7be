"""Which base an image has, which base it could have, and what that would change."""
