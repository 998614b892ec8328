"""A server that is dead, read-only, busy or strange: the change log waits, and says why."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import elastic_transport
import elasticsearch
import pytest

from crawler.config import ElasticIndex as Settings
from crawler.errors import IndexUnavailable, InvalidQuery
from index import elastic_write
from index.elastic import ElasticIndex
from index.elastic_client import CONNECTION, errors, make_client
from index.query import parse_query
from index.sync import rebuild, sync
from tests.contracts.index import Shelf, corpus
from tests.index.elastic.conftest import MakeSettings
from tests.index.elastic.link import Link
from tests.index.posts import analysed
from tests.index.test_sync import Log

pytestmark = [pytest.mark.elastic, pytest.mark.xdist_group("elastic")]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def log() -> Log:
    log = Log()
    log.put(*(analysed(n, f"boat number{n}") for n in range(1, 24)))
    return log


@pytest.fixture
def index(settings: Settings, log: Log) -> Iterator[ElasticIndex]:
    index = ElasticIndex(settings, log.get_analysed, ca=settings.ca)
    yield index
    index.close()


@pytest.fixture
def link(server: Settings) -> Iterator[Link]:
    link = Link(server.hosts[0])
    yield link
    link.cut()


def versions(index: ElasticIndex, settings: Settings) -> list[str]:
    return sorted(index._client.indices.get(index=f"{settings.name}-v*").body)


def block(index: ElasticIndex, settings: Settings, *, on: bool) -> None:
    index._client.indices.put_settings(
        index=settings.name, settings={"index.blocks.write": on or None}
    )


def test_a_dead_server_stops_the_sync_and_the_log_waits(
    make_settings: MakeSettings, link: Link, log: Log
) -> None:
    settings = make_settings(hosts=(link.url,))
    index = ElasticIndex(settings, log.get_analysed, ca=settings.ca)
    assert sync(index, log) == 23
    log.put(analysed(3, "lorry", revision=2))
    link.cut()
    with pytest.raises(IndexUnavailable, match=r"does not answer; check that it runs"):
        sync(index, log)
    for use in (
        index.count,
        lambda: index.search(parse_query("boat")),
        lambda: index.matches(parse_query("boat"), [1]),
        lambda: list(index.iter_hits(parse_query("boat"))),
        lambda: index.delete([1]),
        lambda: index.mark_synced(5),
        index.clear,
    ):
        with pytest.raises(IndexUnavailable, match=settings.hosts[0]):
            use()
    link.mend()
    assert sync(index, log) == 1
    assert index.search(parse_query("lorry")).count == 1
    assert index.count() == 23
    index.close()


def test_a_server_that_was_never_there_is_named_when_it_is_used(
    make_settings: MakeSettings,
) -> None:
    settings = make_settings(hosts=("https://127.0.0.1:9",))
    index = ElasticIndex(settings, Shelf().load, ca=settings.ca)
    with pytest.raises(IndexUnavailable, match=r"127\.0\.0\.1:9: it does not answer"):
        index.synced()
    index.close()


def test_a_read_only_index_is_searched_and_catches_up(
    index: ElasticIndex, settings: Settings, log: Log
) -> None:
    sync(index, log)
    log.put(analysed(3, "lorry", revision=2))
    log.remove(4)
    block(index, settings, on=True)
    with pytest.raises(IndexUnavailable, match=r"read-only.*foreland index sync"):
        sync(index, log)
    assert index.search(parse_query("boat")).count == 23
    block(index, settings, on=False)
    assert sync(index, log) == 2
    assert index.search(parse_query("lorry")).count == 1
    assert index.count() == 22


def test_a_rebuild_shows_the_old_posts_until_it_is_whole(
    index: ElasticIndex, settings: Settings, log: Log
) -> None:
    sync(index, log)
    index.add([analysed(99, "stray boat")])
    before = versions(index, settings)
    with index.rebuilding() as fresh:
        fresh.add(log.get_analysed([1, 2]))
        assert fresh.count() == 2
        assert index.search(parse_query("boat")).count == 24
        assert len(versions(index, settings)) == 2
    assert index.search(parse_query("boat")).count == 2
    assert rebuild(index, log, batch=10) == 23
    assert index.count() == 23
    assert index.search(parse_query("stray")).count == 0
    (after,) = versions(index, settings)
    assert before != [after]
    assert sync(index, log) == 0


def test_a_rebuild_that_fails_leaves_the_old_and_nothing_of_the_new(
    index: ElasticIndex, settings: Settings, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(index, log)
    before = versions(index, settings)

    def fail(ids: object) -> list[object]:
        raise OSError("pulled the plug")

    monkeypatch.setattr(log, "get_analysed", fail)
    with pytest.raises(OSError, match="plug"):
        rebuild(index, log)
    monkeypatch.undo()
    assert versions(index, settings) == before
    assert index.count() == 23
    log.put(analysed(30, "boat"))
    assert sync(index, log) == 1
    assert index.count() == 24


def test_what_a_killed_rebuild_left_is_swept_away(
    index: ElasticIndex, settings: Settings, log: Log
) -> None:
    sync(index, log)
    index._versions.make()
    assert len(versions(index, settings)) == 2
    rebuild(index, log)
    assert len(versions(index, settings)) == 1
    assert index.count() == 23


def test_a_writer_of_a_version_that_was_replaced_is_told_and_goes_on(
    index: ElasticIndex, settings: Settings, log: Log
) -> None:
    sync(index, log)
    other = ElasticIndex(settings, log.get_analysed, ca=settings.ca)
    assert rebuild(other, log) == 23
    with pytest.raises(IndexUnavailable, match="replaced"):
        index.add([analysed(40, "boat")])
    with pytest.raises(IndexUnavailable, match="replaced"):
        # the first fault made it look again, so only a second rebuild shows it once more
        _rebuild_then_mark(other, index, log)
    assert len(versions(index, settings)) == 1
    log.put(analysed(40, "boat"))
    assert sync(index, log) == 1
    assert index.count() == other.count() == 24
    other.close()


def _rebuild_then_mark(other: ElasticIndex, index: ElasticIndex, log: Log) -> None:
    index.synced()
    rebuild(other, log)
    index.mark_synced(1)


def test_a_lost_index_is_filled_again(index: ElasticIndex, settings: Settings, log: Log) -> None:
    sync(index, log)
    for version in versions(index, settings):
        index._client.indices.delete(index=version)
    with pytest.raises(IndexUnavailable, match="foreland index sync"):
        index.count()
    assert sync(index, log) == 23
    assert index.count() == 23


def test_an_index_of_another_version_is_replaced(
    index: ElasticIndex, settings: Settings, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(index, log)
    monkeypatch.setattr("index.elastic_versions.VERSION", "9.9.9")
    newer = ElasticIndex(settings, log.get_analysed, ca=settings.ca)
    assert newer.count() == 0
    assert sync(newer, log) == 23
    (version,) = versions(newer, settings)
    assert version.startswith(f"{settings.name}-v9.9.9-")
    newer.close()


def test_an_index_of_somebody_else_is_left_alone(settings: Settings) -> None:
    client = make_client(settings, settings.ca)
    client.indices.create(index=settings.name)
    index = ElasticIndex(settings, Shelf().load, ca=settings.ca)
    with pytest.raises(IndexUnavailable, match="some other index"):
        index.synced()
    assert client.indices.exists(index=settings.name)
    client.indices.delete(index=settings.name)
    client.close()
    index.close()


def test_two_that_begin_at_once_agree(settings: Settings, shelf: Shelf) -> None:
    one, other = (ElasticIndex(settings, shelf.load, ca=settings.ca) for _ in range(2))
    # as if the first had not looked before the second was done
    made = one._versions.make()
    assert other.synced() == 0
    one._client.indices.put_alias(index=made, name=settings.name)
    shelf.put(other, *corpus())
    assert other.count() in (0, 12)
    found = {one._version(look_again=True), other._version(look_again=True)}
    assert len(found) == 1
    one.close()
    other.close()


class Busy:
    """A client whose server is too busy for the first posts of the first calls."""

    def __init__(self, client: elasticsearch.Elasticsearch, calls: int) -> None:
        self.client = client
        self.calls = calls

    def options(self, **_: object) -> Busy:
        return self

    def bulk(self, *, index: str, operations: list[object]) -> dict[str, object]:
        if not self.calls:
            return dict(self.client.bulk(index=index, operations=operations))
        self.calls -= 1
        refused = {"status": 429, "error": {"type": "es_rejected_execution_exception"}}
        items: list[object] = [{"index": refused}]
        if operations[2:]:
            items += self.client.bulk(index=index, operations=operations[2:])["items"]
        return {"errors": True, "items": items}


def test_what_a_busy_server_refused_is_sent_again(
    index: ElasticIndex, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elastic_write, "PAUSES", (0.01, 0.01))
    index.synced()
    writer = elastic_write.ElasticWriter(
        Busy(index._client, 2),  # type: ignore[arg-type]
        index._settings,
        index._version(),
    )
    writer.add(corpus())
    index._client.indices.refresh(index=index._version())
    assert index.count() == 12
    writer = elastic_write.ElasticWriter(
        Busy(index._client, 3),  # type: ignore[arg-type]
        index._settings,
        index._version(),
    )
    with pytest.raises(IndexUnavailable, match="too busy for 1 posts"):
        writer.add(corpus())


def test_a_stale_cursor_says_so(index: ElasticIndex, log: Log) -> None:
    sync(index, log)
    query = parse_query("boat")
    after = index.search(query, limit=5).after
    assert after is not None
    assert len(index.search(query, limit=5, after=after).hits) == 5
    rebuild(index, log)
    with pytest.raises(InvalidQuery, match="cursor"):
        index.search(query, limit=5, after=after)


def test_a_cursor_by_time_outlives_a_rebuild(index: ElasticIndex, log: Log) -> None:
    sync(index, log)
    query = parse_query("")
    page = index.search(query, limit=5)
    rebuild(index, log)
    assert page.after is not None
    following = index.search(query, limit=5, after=page.after)
    assert [hit.post_id for hit in following.hits] == [18, 17, 16, 15, 14]


def test_what_is_too_much_for_the_server_is_a_fault_of_the_query(
    index: ElasticIndex, log: Log
) -> None:
    sync(index, log)
    many = " OR ".join([*(f"word{n}" for n in range(1000)), "number7"])
    assert index.search(parse_query(many)).count == 1
    mixed = " OR ".join(f"(word{n} price:{n})" for n in range(400)) + " OR number7"
    assert index.search(parse_query(mixed)).count == 1
    deep = "boat"
    for n in range(24):
        deep = f"({deep} {'OR' if n % 2 else 'AND'} NOT lorry)"
    assert index.search(parse_query(deep)).count == 23
    deeper = "number7"
    for n in range(29):
        deeper = f"(word{n} OR offer:true AND ({deeper}))"
    with pytest.raises(InvalidQuery, match="brackets"):
        index.search(parse_query(deeper))


def test_facets_are_exact_over_shards(make_settings: MakeSettings, shelf: Shelf) -> None:
    settings = make_settings(shards=3)
    index = ElasticIndex(settings, shelf.load, ca=settings.ca)
    shelf.put(index, *(analysed(n, "boat", handle=f"h{n % 1200}") for n in range(1, 3001)))
    facets = index.search(parse_query("boat"), limit=0, facets=("author",)).facets["author"]
    assert len(facets) == 1000
    assert sorted({many for _, many in facets}) == [2, 3]
    assert sum(many == 3 for _, many in facets) == 600
    assert index.search(parse_query("author:h7")).count == 3
    index.close()


@pytest.mark.parametrize("library", [elasticsearch, elastic_transport])
def test_every_error_of_the_library_is_translated(library: object, settings: Settings) -> None:
    table = (elastic_transport.ApiError, *(kind for kind, _ in CONNECTION))
    kinds = [
        kind
        for _, kind in inspect.getmembers(library, inspect.isclass)
        if issubclass(kind, Exception) and not issubclass(kind, Warning)
    ]
    assert kinds
    assert [kind for kind in kinds if not issubclass(kind, table)] == []


def test_an_error_names_the_server_and_not_the_password(settings: Settings) -> None:
    with pytest.raises(IndexUnavailable) as caught, errors(settings):
        raise elastic_transport.ConnectionTimeout("late")
    assert settings.hosts[0] in str(caught.value)
    assert settings.password.get_secret_value() not in str(caught.value)
