"""The local site of invented posts, read back with the project's own parsers."""
