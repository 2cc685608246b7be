"""What an image will weigh before it is built: lists of packages -> closures -> bytes."""
