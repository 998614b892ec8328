"""`[index]` of foreland.toml: the two kinds, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.config import ElasticIndex, SqliteIndex, load_config
from crawler.errors import ConfigError


def load(folder: Path, text: str, **environ: str) -> object:
    (folder / "foreland.toml").write_text(text)
    return load_config(folder, environ).index


def test_the_default_is_the_embedded_index(tmp_path: Path) -> None:
    assert load(tmp_path, "") == SqliteIndex()


def test_an_elasticsearch_with_its_password_from_the_environment(tmp_path: Path) -> None:
    text = '[index]\nkind = "elastic"\nhosts = ["https://search.example.org:9200"]\nuser = "u"\n'
    index = load(tmp_path, text, FORELAND_INDEX__PASSWORD="secret")
    assert isinstance(index, ElasticIndex)
    assert index.password.get_secret_value() == "secret"
    assert "secret" not in repr(index)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('hosts = ["search.example.org"]', "2: index.hosts: .*write https://name:9200"),
        ('hosts = ["https://u:p@h:9200"]', "set user and password"),
        ('hosts = ["https://h"]\nuser = "u"', "belong together"),
        ('hosts = ["https://h"]\nuser = "u"\npassword = "p"\napi_key = "k"', "not both"),
        ('hosts = ["http://h"]\napi_key = "k"', "unencrypted; write https://"),
        ("hosts = []", "at least 1 item"),
        ('name = "No Name"', "index.name"),
        ("shards = 0", "index.shards: .*greater than"),
        ('path = "x"', "index.path: is not a known setting"),
    ],
)
def test_what_is_refused(tmp_path: Path, lines: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, f'[index]\n{lines}\nkind = "elastic"\n')


def test_an_unknown_kind_names_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'sqlite', 'elastic'"):
        load(tmp_path, '[index]\nkind = "solr"\n')
