"""Example sources."""
