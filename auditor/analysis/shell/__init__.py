"""Reads shell scripts of build steps as a shell would, in linear time."""
