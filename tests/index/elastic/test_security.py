"""Signing in, and the server's certificate: right, wrong and missing."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from crawler.config import ElasticIndex as Settings
from crawler.errors import IndexUnavailable
from index.elastic import ElasticIndex
from index.query import parse_query
from tests.contracts.index import Shelf, corpus
from tests.index.elastic.conftest import MakeSettings
from tests.index.elastic.server import ElasticServer

pytestmark = [pytest.mark.elastic, pytest.mark.xdist_group("elastic")]


@pytest.fixture(autouse=True)
def _secured(server: Settings) -> None:
    if not server.user or not server.hosts[0].startswith("https"):
        pytest.fail("TEST_ES_URL names a server without sign-in or TLS")


def refused(settings: Settings, ca: Path | None) -> str:
    index = ElasticIndex(settings, Shelf().load, ca=ca)
    with pytest.raises(IndexUnavailable) as caught:
        index.synced()
    index.close()
    return str(caught.value)


def test_the_right_password_is_let_in(settings: Settings) -> None:
    shelf = Shelf()
    index = ElasticIndex(settings, shelf.load, ca=settings.ca)
    shelf.put(index, *corpus())
    assert index.search(parse_query("boat")).count == 1
    index.close()


def test_a_wrong_password_is_refused(make_settings: MakeSettings) -> None:
    settings = make_settings(password="not-it")
    said = refused(settings, settings.ca)
    assert "refused the sign-in; check index.user and index.password" in said
    assert "not-it" not in said


def test_no_password_is_refused(make_settings: MakeSettings) -> None:
    settings = make_settings(user="", password="")
    assert "refused the sign-in" in refused(settings, settings.ca)


def test_a_wrong_api_key_is_refused(make_settings: MakeSettings) -> None:
    key = base64.b64encode(b"nobody:knows-it").decode()
    settings = make_settings(user="", password="", api_key=key)
    said = refused(settings, settings.ca)
    assert "index.api_key" in said
    assert key not in said


def test_a_certificate_of_an_unknown_authority_is_refused(settings: Settings) -> None:
    assert "not trusted; check index.ca" in refused(settings, None)


def test_an_authority_that_cannot_be_read_is_named(settings: Settings, tmp_path: Path) -> None:
    for ca in (tmp_path / "none.pem", tmp_path / "bad.pem"):
        (tmp_path / "bad.pem").write_text("no certificate")
        with pytest.raises(IndexUnavailable, match=ca.name):
            ElasticIndex(settings, Shelf().load, ca=ca)


def test_who_may_only_read_is_told_what_is_lacking(settings: Settings) -> None:
    if "TEST_ES_URL" in os.environ:
        pytest.skip("the account is one of the server that the tests start themselves")
    shelf = Shelf()
    index = ElasticIndex(settings, shelf.load, ca=settings.ca)
    shelf.put(index, *corpus())
    index.close()
    reading = settings.model_copy(update={"user": ElasticServer.reader})
    reader = ElasticIndex(reading, shelf.load, ca=settings.ca)
    assert reader.search(parse_query("boat"), facets=("lang",)).count == 1
    for write in (
        lambda: reader.add(corpus()),
        lambda: reader.delete([1]),
        lambda: reader.mark_synced(1),
        reader.clear,
    ):
        with pytest.raises(IndexUnavailable, match="account may not do this; it needs"):
            write()
    reader.close()
