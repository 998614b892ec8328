"""Foreland: open-source intelligence on adverts that facilitate illegal immigration."""

__version__ = "0.1.0"
