from __future__ import annotations

import pytest

from streams.core.detect.lint import lint
from streams.lexicon_files import CompiledDatabases, bundled, load, read

TOML = """
language = "en"

[[rule]]
id = "strike.shelling"
category = "strike"
weight = 30
any = ["artillery shelled"]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "lexicons").mkdir()
    (tmp_path / "lexicons/en.toml").write_text(TOML, "utf-8")
    return tmp_path / "lexicons"


def found(lexicons):
    return [match[1:] for matcher in lexicons.matchers for match in matcher.find("the artillery shelled the port")]


def test_a_compiled_database_is_kept_and_finds_the_same(folder, tmp_path):
    cache = tmp_path / "cache"
    assert found(load(folder, databases=cache)) == [(4, 21)]
    assert len(CompiledDatabases(cache)) == 1
    assert found(load(folder, databases=cache)) == [(4, 21)]


def test_a_damaged_database_is_compiled_anew(folder, tmp_path):
    cache = tmp_path / "cache"
    found(load(folder, databases=cache))
    (file,) = cache.glob("*.hsdb")
    file.write_bytes(file.read_bytes()[:-10] + b"0123456789")
    assert file.stem not in CompiledDatabases(cache)
    assert found(load(folder, databases=cache)) == [(4, 21)]
    assert file.stem in CompiledDatabases(cache)


def test_a_folder_that_others_may_write_is_not_used(folder, tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(0o777)
    assert found(load(folder, databases=cache)) == [(4, 21)]
    assert list(cache.iterdir()) == []


def test_a_cache_that_cannot_be_made_costs_time_only(folder, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert found(load(folder, databases=tmp_path / "file/cache")) == [(4, 21)]


def test_the_bundled_lexicons_are_clean():
    assert lint(read(bundled())) == []
