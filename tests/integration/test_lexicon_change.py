"""A running worker takes a changed lexicon, keeps the old one on an error, and never judges again what is applied."""

from __future__ import annotations

import json
import shutil

import pytest
import redis
from product import Product, eventually, get

from streams import lexicon_files
from streams.store import keys

TOML = """language = "en"

[[rule]]
id = "strike.shelling"
category = "strike"
weight = 40
any = ["{}"]
"""
GUNS, DRONES = "Artillery shelled the port of {} overnight.", "Drones hit the port of {} overnight."


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "lexicons").mkdir()
    (tmp_path / "lexicons/en.toml").write_text(TOML.format("artillery shelled"), "utf-8")
    return tmp_path / "lexicons"


@pytest.fixture
def product(embedded_broker, valkey, folder, tmp_path):
    with redis.Redis.from_url(valkey) as client:
        client.flushall()
    extra = {"LEXICON_DIR": str(folder), "LEXICON_INTERVAL": "0.2"}
    product = Product(embedded_broker, valkey, tmp_path, extra=extra)
    product.command("topics")
    return product


def ingest(product, *texts):
    lines = [json.dumps({"id": text, "title": "Port", "text": text, "lang": "en"}).encode() for text in texts]
    product.command("ingest", "-", stdin=b"\n".join(lines))


def alerts(product):
    with redis.Redis.from_url(product.redis_url) as client:
        found = [json.loads(fields[b"alert"]) for _, fields in client.xrange(keys.STREAM)]
    return [(alert["findings"][0]["quote"], alert["lexicon"]) for alert in found]


def sample(worker, name):
    lines = (get(f"{worker.url}/metrics") or "").splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def test_a_change_is_taken_and_a_broken_one_is_not(product, folder):
    with product.process("worker") as worker:
        ingest(product, GUNS.format("Sorata"), DRONES.format("Sorata"))
        ((quote, old),) = eventually(lambda: alerts(product), message="the first alert")
        assert quote == "Artillery shelled"

        (folder / "en.toml").write_text(TOML.format("drones (hit|struck)"), "utf-8")
        eventually(lambda: sample(worker, 'wire_lexicon_changes_total{outcome="taken"}') == 1, message="the change taken")
        ingest(product, GUNS.format("Arlen"), DRONES.format("Arlen"))
        eventually(lambda: len(alerts(product)) == 2, message="an alert by the new lexicon")
        # What was applied stays as it was judged: the drones of Sorata make no alert.
        (_, (quote, new)) = alerts(product)
        assert quote == "Drones hit"
        assert new != old

        (folder / "en.toml").write_text(TOML.format("(drones"), "utf-8")
        eventually(lambda: sample(worker, "wire_lexicon_refused") == 1, message="the broken one refused")
        (folder / "en.toml").write_text(TOML.format("drones hit") + 'none = ["drones"]\n', "utf-8")
        eventually(lambda: sample(worker, 'wire_lexicon_changes_total{outcome="refused"}') == 2, message="the useless refused")
        ingest(product, DRONES.format("Vell"))
        eventually(lambda: len(alerts(product)) == 3, message="an alert by the lexicon before")
        assert alerts(product)[2] == ("Drones hit", new)
        assert get(f"{worker.url}/readyz") is not None
        log = worker.log.read_text("utf-8")
        assert "en.toml:7: rule strike.shelling: any: cannot read '(drones'" in log
        assert "none holds 'drones'" in log

        (folder / "en.toml").write_text(TOML.format("drones (hit|struck)"), "utf-8")
        eventually(lambda: sample(worker, "wire_lexicon_refused") == 0, message="mended")


def test_a_change_of_a_copy_of_the_bundled_lexicons_is_taken(product, folder):
    shutil.copytree(str(lexicon_files.bundled()), folder, dirs_exist_ok=True)
    with product.process("worker") as worker:
        ingest(product, GUNS.format("Sorata"))
        eventually(lambda: len(alerts(product)) == 1, message="an alert by the bundled lexicons")
        added = TOML.partition("\n\n")[2].replace("strike.shelling", "strike.own").format("gave the port a pasting")
        with (folder / "en.toml").open("a", encoding="utf-8") as file:
            file.write(added)
        eventually(lambda: sample(worker, "wire_lexicon_changes_total{"), message="the change taken or refused")
        assert sample(worker, 'wire_lexicon_changes_total{outcome="taken"}') == 1, worker.log.read_text("utf-8")
        ingest(product, "Gunboats gave the port a pasting on Tuesday.")
        eventually(lambda: len(alerts(product)) == 2, message="an alert by the added rule")
