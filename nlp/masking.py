"""Puts a plain sign in the place of every contact, for the language model.

A number or a name tells one seller from another, not an offer from a report; what it means
that there is one at all is left. It also spares a fifth of the model's work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.types import Contact, Mention

_NUMBER, _NAME = " tel ", " @ "
_SIGNS = {"email": _NAME, "url": " www ", "crypto": " 0 "}


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with signs for its contacts."""

    text: str
    #: (place in `text`, place in the original), where a stretch of the original begins
    _stretches: tuple[tuple[int, int], ...] = ((0, 0),)

    def at(self, place: int) -> int:
        """The code point of the original that this place came from, or follows."""
        here, there = next(
            pair for pair in reversed(self._stretches) if pair[0] <= place or pair[0] == 0
        )
        return there + place - here


def mask_contacts(text: str, mentions: Sequence[Mention]) -> Masked:
    """The text with its contacts masked; an author who asks to be written to stays."""
    parts: list[str] = []
    stretches = [(0, 0)]
    length = read_to = 0
    for mention in mentions:  # in the order of the text
        value = mention.value
        if not isinstance(value, Contact) or value.type == "author" or mention.start < read_to:
            continue
        sign = _SIGNS.get(value.type) or (_NUMBER if value.value.startswith("+") else _NAME)
        parts += (text[read_to : mention.start], sign)
        length += mention.start - read_to + len(sign)
        # A place inside the sign is the contact's first code point, or one after it.
        stretches += [(length - len(sign), mention.start), (length, mention.end)]
        read_to = mention.end
    parts.append(text[read_to:])
    return Masked("".join(parts), tuple(stretches))
