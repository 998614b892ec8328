"""The first look at a query: its size and its brackets, then luqum.

What is too large, or what luqum would explain badly, is refused before luqum sees it: it
takes twenty seconds over fifty thousand clauses.
"""

from __future__ import annotations

import re
import threading
from decimal import DecimalException

import luqum.tree as lucene
from luqum.exceptions import ParseError
from luqum.parser import lexer, parser

from crawler.errors import InvalidQuery

MAX_CHARACTERS = 100_000
#: Lucene's own limit; above it a list of values belongs into several queries.
MAX_CLAUSES = 1024
MAX_DEPTH = 30

_SCAN = re.compile(r'\\.|"(?:\\.|[^"\\])*"?|[()\s]|[^\\"()\s]+', re.DOTALL)
_POSITION = re.compile(r"at position (\d+)")
# PLY keeps the state of a parse in the parser, so one thread at a time; a parse takes
# about a millisecond.
_PARSING = threading.Lock()


def check_size(text: str) -> None:
    """Refuses early what luqum would take long over, or explain badly.

    Raises:
        InvalidQuery: too long, too many clauses, too deep, unbalanced.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidQuery(
            text, f"{len(text):,} characters; {MAX_CHARACTERS:,} are allowed. Split the query"
        )
    clauses = 0
    opened: list[int] = []
    apart = True  # whether a new clause begins here
    for match in _SCAN.finditer(text):
        piece, column = match.group(), match.start() + 1
        if piece == "(":
            opened.append(column)
            if len(opened) > MAX_DEPTH:
                raise InvalidQuery(text, f"more than {MAX_DEPTH} brackets deep", column=column)
        elif piece == ")":
            if not opened:
                raise InvalidQuery(text, "a ')' too many", column=column)
            opened.pop()
        elif piece.startswith('"'):
            clauses += apart
            if len(piece) < 2 or not piece.endswith('"') or piece.endswith('\\"'):
                raise InvalidQuery(
                    text, 'a quote is not closed; write \\" for the sign itself', column=column
                )
        elif not piece.isspace() and piece not in ("AND", "OR", "NOT", "TO"):
            clauses += apart
        apart = piece.isspace() or piece in "()"
    if opened:
        raise InvalidQuery(text, "a '(' is not closed", column=opened[-1])
    if clauses > MAX_CLAUSES:
        raise InvalidQuery(
            text, f"{clauses:,} clauses; {MAX_CLAUSES:,} are allowed. Split the query"
        )


def parse_lucene(text: str) -> lucene.Item:
    """The query as luqum reads it.

    Raises:
        InvalidQuery: it is no Lucene syntax; with the column.
    """
    try:
        with _PARSING:
            return parser.parse(text, lexer=lexer.clone())
    except ParseError as e:
        place = _POSITION.search(str(e))
        column = int(place[1]) + 1 if place else len(text)
        start = text[column - 1 : column]
        if not place:
            message = "something is missing at the end"
        elif start == '"':
            message = "a quote is not closed"
        else:
            message = f"did not expect '{text[column - 1 :].split(maxsplit=1)[0][:20]}' here"
        raise InvalidQuery(text, message, column=column) from e
    except (ValueError, DecimalException) as e:
        raise InvalidQuery(text, "after '~' and '^' stands one plain number") from e
