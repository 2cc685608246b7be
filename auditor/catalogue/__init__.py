"""Facts about public base images and their ends of life, shipped as files."""
