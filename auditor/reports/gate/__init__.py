"""The verdict over an image, in the forms that continuous integration reads."""
