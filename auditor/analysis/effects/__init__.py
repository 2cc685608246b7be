"""What the commands of a build step do to files and packages, as far as their words tell."""
