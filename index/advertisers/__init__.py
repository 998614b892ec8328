"""Who wrote what: posts of one hand found by what they share."""

from index.advertisers.assign import AdvertiserStore, Assignment, assign
from index.advertisers.score import post_node

__all__ = ["AdvertiserStore", "Assignment", "assign", "post_node"]
