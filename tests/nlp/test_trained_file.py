"""A file of trained numbers that is not what it should be is named, with what makes it anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from crawler.errors import ResourceMissing
from nlp.encoder import load_tuned
from nlp.judge_model import load_model
from nlp.meaning import load_meaning
from nlp.role_model import load_roles
from nlp.trained_file import load_trained


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_what_is_no_archive_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(ResourceMissing, match=r"model\.npz: cannot be read: make it .* a\.b"):
        load_trained(path, "a.b", ())


def test_a_lone_array_is_no_such_file(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(ResourceMissing, match="cannot be read"):
        load_trained(path, "a.b", ())


def test_arrays_that_are_missing_are_named(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    np.savez(path, there=np.zeros(3))
    assert list(load_trained(path, "a.b", ["there"])) == ["there"]
    with pytest.raises(ResourceMissing, match=r"has no bias, weight: make it anew with .* a\.b"):
        load_trained(path, "a.b", ["weight", "there", "bias"])


@pytest.mark.parametrize("load", [load_model, load_tuned, load_meaning, load_roles])
def test_every_model_names_its_file(tmp_path: Path, load: object) -> None:
    assert callable(load)
    np.savez(tmp_path / "empty.npz")
    with pytest.raises(ResourceMissing, match=r"empty\.npz: .*make it anew with python -m nlp\."):
        load(tmp_path / "empty.npz")
