"""Files that say which packages an image gets, read as the tools that write them mean them."""
