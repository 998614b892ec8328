"""The filter `foreland advertisers --jsonl`: posts as JSON lines in, their clusters out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from crawler.types import Advert, Advertiser, AnalysedPost, Edge, Post
from index.advertisers.assign import assign
from index.advertisers.score import post_node

#: Reads the posts: the advert of each, in their order.
Analyse = Callable[[Sequence[Post]], Sequence[Advert]]
_TEXTS = ("platform", "author_handle", "display_name", "posted_at")
_REASONS = 5


class _Given:
    """The posts of one run, in memory, where `assign` looks for the store."""

    def __init__(self, analysed: Sequence[AnalysedPost]) -> None:
        self._analysed = {a.post.id: a for a in analysed}
        self._posts: dict[str, list[int]] = {}

    def put_identifiers(self, post_id: int, found: Sequence[str]) -> None:
        for identifier in found:
            self._posts.setdefault(identifier, []).append(post_id)

    def posts_with(self, wanted: Sequence[str]) -> Mapping[str, Sequence[int]]:
        return {identifier: self._posts.get(identifier, []) for identifier in wanted}

    def get_analysed(self, post_ids: Sequence[int]) -> Sequence[AnalysedPost]:
        return [self._analysed[n] for n in post_ids if n in self._analysed]

    def edges_of(self, nodes: Sequence[str]) -> Sequence[Edge]:
        return ()

    def advertiser_of(self, post_ids: Iterable[int]) -> Mapping[int, str]:
        return {}

    def get_advertiser(self, advertiser_id: str) -> Advertiser | None:
        return None


def assign_lines(lines: Iterable[str], analyse: Analyse) -> Iterator[str]:
    """One line of output for every line of input, in their order, after all were read.

    Every post is clustered, whether it is judged an offer or not. A line that cannot be
    read gives `{"id": …, "error": …}` and counts for nothing.

    Args:
        lines: `{"id", "platform", "author_handle", "display_name", "text", "posted_at"}`;
            only `id` and `text` must be there.
        analyse: reads contacts and prices out of the posts.
    """
    answers: list[dict[str, object]] = []
    posts: list[Post] = []
    for number, line in enumerate(lines):
        answer: dict[str, object] = {"id": None}
        answers.append(answer)
        try:
            posts.append(_read(line, number, answer))
        except (ValueError, RecursionError) as e:
            answer["error"] = str(e)
    adverts = analyse(posts) if posts else ()
    analysed = [AnalysedPost(post, advert) for post, advert in zip(posts, adverts, strict=True)]
    found = assign(analysed, _Given(analysed), offers_only=False)
    reasons = _reasons(found.edges)
    for number, answer in enumerate(answers):
        if "error" not in answer:
            answer["advertiser"] = found.advertisers[number]
            answer["reasons"] = reasons.get(post_node(number), [])[:_REASONS]
        yield json.dumps(answer, ensure_ascii=True)


def _read(line: str, number: int, answer: dict[str, object]) -> Post:
    """The post of a line; `answer` is given its id as soon as that is known."""
    try:
        given = json.loads(line)
    except json.JSONDecodeError as e:
        raise ValueError(f"line {number + 1} is no JSON: {e}") from e
    if not isinstance(given, dict):
        raise ValueError(f"line {number + 1} is no JSON object")  # noqa: TRY004
    answer["id"] = given.get("id")
    if given.get("id") is None:
        raise ValueError(f"line {number + 1} has no 'id'")
    if not isinstance(given.get("text"), str):
        raise ValueError("'text' is not there, or is no text")  # noqa: TRY004 - bad data
    for name in _TEXTS:
        if not isinstance(given.get(name), str | None):
            raise ValueError(f"'{name}' is no text")  # noqa: TRY004 - bad data, no bug
    handle = (given.get("author_handle") or "").strip().removeprefix("@").lower()
    return Post(
        id=number,
        revision=1,
        source="input",
        platform=given.get("platform") or "unknown",
        site_id=str(number),
        text=given["text"],
        author=given.get("display_name") or None,
        author_handle=handle or None,
        posted_at=_time(given.get("posted_at")),
    )


def _time(written: str | None) -> datetime | None:
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as e:
        raise ValueError(f"'posted_at' is no ISO 8601 time: {written}") from e
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _reasons(edges: Iterable[Edge]) -> dict[str, list[dict[str, object]]]:
    """Per node why it is linked, the surest first."""
    found: dict[str, list[dict[str, object]]] = {}
    for edge in sorted(edges, key=lambda e: (-e.score, e.left, e.right)):
        for reason in edge.reasons:
            shown: dict[str, object] = {
                "feature": reason.feature,
                "left": reason.left,
                "right": reason.right,
                "weight": reason.weight,
            }
            for node in (edge.left, edge.right):
                if node.startswith("post:"):
                    found.setdefault(node, []).append(shown)
    return found
