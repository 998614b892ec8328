"""Finds the ways to reach an advertiser: telephone numbers, handles, links, addresses."""

from nlp.contacts.find import ContactFinder, load_contact_finder

__all__ = ["ContactFinder", "load_contact_finder"]
