"""How much two posts, or a post and an identifier, speak for one hand; and the hubs.

A *hub* is an identifier that many hands use: a helpline that everybody quotes, a market
channel in which dozens advertise, a wording that is copied from one to the next. It is
known by those who share it having nothing else in common: other contacts, other accounts,
another wording. Such an identifier links nobody.

The weights are judgements, not measured frequencies; the first labelled clusters replace
them. They are combined as independent evidence: 1 - (1-a)(1-b)….
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from rapidfuzz.distance import Indel

from crawler.types import Edge, EdgeReason
from index.advertisers.block import MIN_WORDS, Profile
from index.advertisers.connect import Groups

#: So many posts of an identifier, spread evenly over their ids, show whether it is a hub.
SAMPLE = 60
_SAME_WORDING = 0.6


def post_node(post_id: int) -> str:
    """The name of a post in an edge: 'post:17'."""
    return f"post:{post_id}"


def is_hub(identifier: str, profiles: Sequence[Profile], *, offers_only: bool) -> bool:
    """Whether many unrelated hands use the identifier.

    Args:
        identifier: one that all of them share.
        profiles: the posts that share it, or an even sample of `SAMPLE`.
        offers_only: whether posts that are no offers count as strangers' use.
    """
    offers = [p for p in profiles if p.is_offer or not offers_only]
    if offers_only and len(profiles) - len(offers) >= max(3, len(offers)):
        return True  # quoted more by news and charities than by those who sell
    kind = identifier.split(":", 1)[0]
    if len(offers) < 4:
        return False
    groups = _unrelated(identifier, offers, by_text=kind != "text")
    with_contact = sum(any(p.contacts - {identifier} for p in group) for group in groups)
    with_account = sum(any(set(p.strong) - {identifier} for p in group) for group in groups)
    match kind:
        case "text":
            return with_account >= 3  # what a third hand words alike is a template
        case "name" | "url":
            return with_account >= 4
        case "stem":
            # A long stem is hardly chosen twice by chance, and backups are many.
            return with_account >= (12 if len(identifier) >= 15 else 4)
        case "account" if any(p.account == identifier for p in offers):
            return with_contact >= 8  # one seller changes contacts, but not the wording too
        case _:
            return with_contact >= 4 or with_account >= 8


def score_identifier(profile: Profile, identifier: str) -> Edge:
    """The edge between a post and a strong identifier that others have too."""
    feature = "author" if identifier == profile.account else "contact"
    weight = profile.strong[identifier]
    node = post_node(profile.id)
    value = identifier.split(":", 1)[1]
    return Edge(node, identifier, weight, (EdgeReason(feature, value, value, weight),))


def score_pair(left: Profile, right: Profile, hubs: frozenset[str]) -> Edge | None:
    """The weaker evidence that two posts are of one hand, or None where there is none.

    Args:
        left: the one post.
        right: the other.
        hubs: identifiers that are held back.
    """
    reasons: list[EdgeReason] = []
    shared = left.weak & right.weak
    for identifier in sorted(shared - hubs):
        kind, value = identifier.split(":", 1)
        if kind == "stem" and not any(reason.feature == "handle" for reason in reasons):
            weight = 0.72 if len(value) >= 10 else 0.5 if len(value) >= 7 else 0.3
            reasons.append(
                EdgeReason("handle", _handle(left, value), _handle(right, value), weight)
            )
        elif kind == "name":
            reasons.append(EdgeReason("name", value, value, 0.42))
        elif kind == "url":
            reasons.append(EdgeReason("link", value, value, 0.5))
    if likeness := _likeness(left, right):
        copied = any(key.startswith("text:") for key in shared & hubs)
        long = min(len(left.words), len(right.words)) >= 20
        # Two accounts that are named unlike may have copied from each other or a third.
        strangers = left.account and right.account and not _named_alike(left, right)
        alone = likeness >= 0.9 and long and not strangers
        weight = 0.75 if alone else 0.6 if likeness >= 0.9 else 0.4
        weight *= 0.3 if copied else 1.0
        reasons.append(EdgeReason("text", _opening(left), _opening(right), round(weight, 3)))
    if not reasons:
        return None
    score = 1 - math.prod(1 - reason.weight for reason in reasons)
    return Edge(post_node(left.id), post_node(right.id), round(score, 4), tuple(reasons))


def _unrelated(
    identifier: str, profiles: Sequence[Profile], *, by_text: bool
) -> list[list[Profile]]:
    """The posts in groups that have nothing in common but the identifier."""
    groups: Groups[int] = Groups()
    first: dict[str, int] = {}
    for profile in profiles:
        groups.add(profile.id)
        # Who has the account has its stem and its name: those say nothing of their own.
        own = profile.own_keys if profile.account == identifier else frozenset()
        stems = {key for key in profile.weak if key.startswith("stem:")} - own
        for key in {*profile.strong, *stems} - {identifier}:
            groups.join(first.setdefault(key, profile.id), profile.id)
    if by_text:
        kept: list[Profile] = []
        for profile in profiles:
            for other in kept:
                if groups.find(other.id) != groups.find(profile.id) and _alike(other, profile):
                    groups.join(other.id, profile.id)
            kept.append(profile)
    parts: dict[int, list[Profile]] = {}
    for profile in profiles:
        parts.setdefault(groups.find(profile.id), []).append(profile)
    return list(parts.values())


def _alike(left: Profile, right: Profile) -> bool:
    return Indel.normalized_similarity(left.words, right.words) >= _SAME_WORDING


def _likeness(left: Profile, right: Profile) -> float:
    """Likeness of two wordings, 0.75 to 1, or 0 where they are too short or too unlike."""
    if min(len(left.words), len(right.words)) < MIN_WORDS:
        return 0.0
    return float(Indel.normalized_similarity(left.words, right.words, score_cutoff=0.75))


def _named_alike(left: Profile, right: Profile) -> bool:
    return left.account == right.account or bool(left.own_keys & right.own_keys)


def _handle(profile: Profile, stem: str) -> str:
    """The account that the stem was taken from, for the reader of the reason."""
    plain = (identifier.rsplit(":", 1)[1] for identifier in profile.strong)
    return next((name for name in plain if stem in "".join(filter(str.isalnum, name))), stem)


def _opening(profile: Profile) -> str:
    return " ".join(profile.words[:8])


def even_sample(ids: Iterable[int]) -> list[int]:
    """At most `SAMPLE` of the ids, spread evenly; depends on the set of ids alone."""
    ordered = sorted(set(ids))
    if len(ordered) <= SAMPLE:
        return ordered
    return [ordered[n * len(ordered) // SAMPLE] for n in range(SAMPLE)]
