"""What posts of one hand have in common: the identifiers under which they are compared.

Only posts that share an identifier are ever compared. *Strong* identifiers name somebody:
an account, a telephone number. *Weak* ones (`stem:`, `name:`, `text:`, `url:`) only say
which pairs are worth a closer look.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

import numpy as np

from crawler.folding import folded
from crawler.types import AnalysedPost, Contact, Price
from index.analyser import tokens

#: Networks on which a handle is one account; elsewhere it is one only within a source.
_NETWORKS = frozenset(
    [
        "telegram",
        "tiktok",
        "instagram",
        "facebook",
        "snapchat",
        "x",
        "twitter",
        "vk",
        "youtube",
        "bluesky",
        "reddit",
    ]
)
_NUMBERED = frozenset({"phone", "whatsapp", "viber", "signal", "imo", "zalo", "wechat", "line"})
_SUFFIX = re.compile(r"(?:backup|bckup|new|official|real|main|reserve|channel|second|v?\d+)+$")
_PREFIX = re.compile(r"^(?:the|real|new|official|backup)+(?=.{6})")
_MIN_STEM = 5
#: A text of fewer words is worded alike by chance.
MIN_WORDS = 8
# MinHash: 8 bands of 2 rows find a pair that shares 70 % of its word triples 99.7 times in
# 100, one that shares 30 % in 53.
_BANDS, _ROWS = 8, 2
_PRIME = np.uint64((1 << 31) - 1)
_seeds = np.random.default_rng(20260101)
_FACTORS = _seeds.integers(1, 1 << 31, size=(_BANDS * _ROWS, 1), dtype=np.uint64)
_OFFSETS = _seeds.integers(0, 1 << 31, size=(_BANDS * _ROWS, 1), dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Profile:
    """What of one post says who wrote it."""

    id: int
    is_offer: bool
    #: identifier -> how much sharing it says, 0 to 1
    strong: dict[str, float]
    weak: frozenset[str]
    account: str  #: the identifier of the author's account, '' where unknown
    words: tuple[str, ...]  #: of the text without contacts, prices and numbers

    @property
    def identifiers(self) -> tuple[str, ...]:
        """All of them, as the store keeps them."""
        return (*self.strong, *sorted(self.weak))

    @property
    def own_keys(self) -> frozenset[str]:
        """The weak identifiers that come from the author's account itself."""
        handle = f"stem:{stem(self.account.rsplit(':', 1)[1])}" if self.account else ""
        return frozenset(key for key in self.weak if key == handle or key.startswith("name:"))

    @property
    def contacts(self) -> frozenset[str]:
        """The strong identifiers but the author's own account."""
        return frozenset(self.strong) - {self.account}


def make_profile(analysed: AnalysedPost) -> Profile:
    """What of the post says who wrote it."""
    post, advert = analysed.post, analysed.advert
    strong: dict[str, float] = {}
    weak: set[str] = set()
    account = ""
    if post.author_handle:
        account = _account(post.platform, post.source, post.author_handle)
        strong[account] = 0.92
        weak.add(f"stem:{stem(post.author_handle)}")
    for mention in advert.mentions:
        if not isinstance(mention.value, Contact):
            continue
        for identifier, weight in _of_contact(mention.value, post.platform, post.source):
            if weight < 0.7:
                weak.add(identifier)
            else:
                strong[identifier] = max(weight, strong.get(identifier, 0.0))
        if mention.value.type not in ("email", "url", "crypto") and "+" not in mention.value.value:
            weak.add(f"stem:{stem(mention.value.value)}")
    if post.author and len(name := "".join(tokens(post.author))) >= _MIN_STEM:
        weak.add(f"name:{name}")
    words = _wording(analysed)
    weak.update(_text_keys(words))
    return Profile(
        id=post.id,
        is_offer=advert.judgement.is_offer,
        strong=strong,
        weak=frozenset(key for key in weak if len(key.split(":", 1)[1]) >= _MIN_STEM),
        account=account,
        words=words,
    )


def stem(handle: str) -> str:
    """The handle without what is changed for a second account.

    >>> stem("SmugglerEurope_01"), stem("smugglereurope.backup2"), stem("real_smugglereurope")
    ('smugglereurope', 'smugglereurope', 'smugglereurope')
    """
    plain = "".join(tokens(handle))
    shorter = _PREFIX.sub("", _SUFFIX.sub("", plain))
    return shorter if len(shorter) >= _MIN_STEM else plain


def _account(platform: str, source: str, handle: str) -> str:
    plain = folded(handle).strip().removeprefix("@")
    network = folded(platform)
    place = network if network in _NETWORKS else f"{network}/{source}"
    return f"account:{place}:{plain}"


def _of_contact(contact: Contact, platform: str, source: str) -> list[tuple[str, float]]:
    """The identifiers of a contact with what sharing each of them says."""
    value = contact.value
    if contact.type in ("url", "crypto", "email"):
        weight = 0.5 if contact.type == "url" else 0.95
        return [(f"{contact.type}:{value}", weight)]
    if value.startswith("+"):
        # Where the country was a guess, another post may show which guess was right.
        return [(f"phone:{value}", 0.95), *((f"phone:{n}", 0.75) for n in contact.alternatives)]
    if contact.type in ("handle", "author"):
        return [(_account(platform, source, value), 0.8)]
    kind = "phone" if contact.type in _NUMBERED and value.isdigit() else contact.type
    return [(f"account:{kind}:{folded(value)}", 0.95)]


def _wording(analysed: AnalysedPost) -> tuple[str, ...]:
    text = analysed.post.text
    spans = sorted(
        (mention.start, mention.end)
        for mention in analysed.advert.mentions
        if isinstance(mention.value, Contact | Price)
    )
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        pieces.append(text[at:start])
        at = max(at, end)
    pieces.append(text[at:])
    words = tokens(" ".join(pieces))
    return tuple(w for w in words if not any(c.isdigit() for c in w))[:400]


def _text_keys(words: tuple[str, ...]) -> list[str]:
    """Keys of which near-identical wordings share at least one (MinHash over triples)."""
    if len(words) < MIN_WORDS:
        return []
    triples = {" ".join(words[n : n + 3]) for n in range(len(words) - 2)}
    hashes = np.array([zlib.crc32(t.encode()) for t in triples], dtype=np.uint64)[None, :]
    lowest = ((hashes % _PRIME * _FACTORS + _OFFSETS) % _PRIME).min(axis=1)
    bands = lowest.reshape(_BANDS, _ROWS)
    return [f"text:{n}-{int(a):08x}{int(b):08x}" for n, (a, b) in enumerate(bands)]
