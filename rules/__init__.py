"""Saved queries that mail each new match once."""
