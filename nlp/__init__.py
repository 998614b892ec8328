"""Reads posts: language, contacts, prices, routes, documents, and whether it is an offer."""
