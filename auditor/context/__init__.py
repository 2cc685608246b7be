"""A build context on a disk: what .dockerignore leaves of it, and what that weighs in a layer."""
