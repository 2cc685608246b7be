"""What is wrong with an image: one rule, one question."""
