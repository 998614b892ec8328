"""Collects public posts: sources from YAML, one parser a platform."""
