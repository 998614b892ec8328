"""Finds adverts: the query language, the index behind it, and who wrote what."""
