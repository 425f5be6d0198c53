"""What the benchmark's figures rest on: articles that are the same each time, and contenders that cannot cheat."""

from __future__ import annotations

from collections import Counter

import pytest
import servers

KEY, VALUE, NEW, EXACT = b"bench|a", b"{}", b'{"verdict":"new"}', b'{"verdict":"exact"}'


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch):
    """The benchmark is run as `python -m tests.bench` from the root."""
    monkeypatch.syspath_prepend(str(servers.ROOT))


def test_articles_are_the_same_for_the_same_seed_and_others_for_another():
    from tests.bench.articles import made  # noqa: PLC0415 - needs the root on the path

    once, again, other = made(300, 1), made(300, 1), made(300, 2)
    assert [item.value for item in once] == [item.value for item in again]
    assert not {item.article.key for item in once} & {item.article.key for item in other}


def test_a_third_are_copies_and_articles_are_of_the_size_meant():
    from streams.core.dedup.fingerprint import content_key  # noqa: PLC0415 - as the others
    from tests.bench.articles import made  # noqa: PLC0415

    items = made(3000, 1)
    texts = Counter(content_key(item.article) for item in items)
    versions = {item.article.id for item in items}
    assert 0.28 < 1 - len(texts) / len(items) < 0.38
    assert 0 < len(items) - len(versions) < 0.03 * len(items)
    assert 2400 < sum(len(item.value) for item in items) / len(items) < 3300


def test_versions_and_copies_share_a_partition():
    from streams.core.dedup.fingerprint import content_key  # noqa: PLC0415
    from tests.bench.articles import made, placed  # noqa: PLC0415

    items = made(1000, 1)
    places = placed(items, 8)
    for name in (lambda item: item.article.key, lambda item: content_key(item.article)):
        seen = {}
        assert all(seen.setdefault(name(item), place) == place for item, place in zip(items, places, strict=True))
    assert set(places) == set(range(8))


@pytest.mark.parametrize(
    "found",
    [
        {0: [(KEY, VALUE, NEW)]},
        {0: [(KEY, VALUE, NEW), (KEY, VALUE, EXACT), (KEY, VALUE, EXACT)]},
        {0: [(KEY, VALUE, EXACT), (KEY, VALUE, NEW)]},
        {0: [(KEY, b"", NEW), (KEY, VALUE, EXACT)]},
        {0: [(KEY, VALUE, NEW)], 1: [(KEY, VALUE, EXACT)]},
        {},
    ],
    ids=["missing", "doubled", "out of order", "changed", "elsewhere", "nothing"],
)
def test_a_contender_that_did_not_write_every_story_has_no_result(found):
    from tests.bench.course import WrongResult, check_stories  # noqa: PLC0415

    expected = {0: [(KEY, VALUE, NEW), (KEY, VALUE, EXACT)]}
    check_stories(expected, expected)
    with pytest.raises(WrongResult):
        check_stories(found, expected)


def test_ratios_are_to_the_peer_of_the_same_round():
    from tests.bench.report import summary  # noqa: PLC0415
    from tests.bench.runner import Run  # noqa: PLC0415

    rates = {"wirewatch": (100, 300, 200), "aiokafka-loop": (200, 300, 800)}
    runs = [Run("both", name, n, rate, 1.0, 0.5) for name, all_rounds in rates.items() for n, rate in enumerate(all_rounds)]
    ours, base = summary(runs)
    assert ours["per_second"] == [200, 100, 300]
    assert ours["ratio"] == [0.5, 0.25, 1.0]
    assert base["ratio"] == [1, 1, 1]
