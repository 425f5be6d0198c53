"""Redis lost what it had acknowledged; a record kills its process; a topic is another than it was. Real Kafka, real Redis."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import sys
from collections import Counter

import pytest
import redis
import servers
from articles import text
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient
from product import Product, eventually, get
from prometheus_client.parser import text_string_to_metric_families

from streams import embedded
from streams.store import keys

pytestmark = pytest.mark.kafka
QUICK = {"REPAIR_INTERVAL": "0.3"}


def story(uri, seed=None):
    """An article that alerts, and is a copy of those with the same seed."""
    return {"id": uri, "text": f"Artillery shelled the city, killing civilians. {text(seed or uri)}", "lang": "en"}


def ingest(product, *stories):
    product.command("ingest", "-", stdin="\n".join(map(json.dumps, stories)).encode())


def told(client):
    """Every carrier of every event, and the events' ids."""
    events = [fields for _, fields in client.xrange(keys.STREAM)]
    carriers = Counter(carrier["uri"] for fields in events for carrier in json.loads(fields[b"alert"])["sources"])
    return carriers, Counter(fields[b"id"] for fields in events)


def stories_of(product):
    """The verdicts in the stories topic: every (decision, story) an article went on with."""
    consumer = KafkaConsumer(
        product.settings().stories_topic,
        bootstrap_servers=product.bootstrap,
        auto_offset_reset="earliest",
        consumer_timeout_ms=2000,
    )
    found = {}
    for record in consumer:
        verdict = json.loads(dict(record.headers)["ww_verdict"])
        found.setdefault(record.key.decode(), set()).add((verdict["verdict"], verdict["story"]))
    consumer.close()
    return found


def counted(worker, name):
    families = text_string_to_metric_families(get(f"{worker.url}/metrics") or "")
    return {tuple(sorted(sample.labels.items())): sample.value for f in families for sample in f.samples if sample.name == name}


class Memory:
    """A Redis whose file is put back to what it was."""

    def __init__(self, folder):
        self._folder = folder
        self._options = {"port": str(embedded.free_port()), "requirepass": "a-password-for-this-test", "dir": str(folder)}
        self._running = contextlib.ExitStack()
        self.url = ""

    def start(self):
        self.url = self._running.enter_context(servers.redis_server(self._options))
        self.client = redis.Redis.from_url(self.url)

    def stop(self):
        self.client.close()
        self._running.close()

    def remember(self):
        self.client.save()
        shutil.copy(self._folder / "dump.rdb", self._folder / "older.rdb")

    def roll_back(self):
        self.stop()
        shutil.copy(self._folder / "older.rdb", self._folder / "dump.rdb")
        self.start()


@pytest.fixture
def memory(tmp_path, need):
    folder = tmp_path / "redis"
    folder.mkdir()
    made = Memory(folder)
    need(lambda: made.start() or "")
    yield made
    made.stop()


@pytest.mark.parametrize("quiet", [True, False], ids=["quiet", "with a copy to judge"])
def test_what_redis_lost_is_repaired_whole(kafka, memory, tmp_path, quiet):
    product = Product(kafka, memory.url, tmp_path, QUICK)
    product.command("topics")
    first, lost = [story(f"a{n}") for n in range(20)], [story(f"b{n}") for n in range(30)]
    poison = b"{ not json"
    with product.process("worker") as worker:
        ingest(product, *first)
        eventually(lambda: len(told(memory.client)[0]) == 20, message="the first alerts")
        memory.remember()
        ingest(product, *lost)
        with contextlib.closing(KafkaProducer(bootstrap_servers=product.bootstrap)) as producer:
            for partition in range(8):  # the fence goes over dead letters too
                producer.send(product.settings().articles_topic, key=b"files|p", value=poison, partition=partition)
        eventually(lambda: len(told(memory.client)[0]) == 50, message="the alerts to be lost")
        eventually(lambda: sum(counted(worker, "wire_dlq_total").values()) == 8, message="the dead letters")
        fences = memory.client.hgetall(keys.SEEN_FENCES)
        memory.roll_back()
        assert len(told(memory.client)[0]) == 20
        if not quiet:
            ingest(product, *(story(f"c{n}", f"b{n}") for n in range(30)))
        eventually(lambda: len(told(memory.client)[0]) == 50, message="all alerts again")
        eventually(
            lambda: all(int(memory.client.hget(keys.SEEN_FENCES, p) or -1) >= int(f) for p, f in fences.items()),
            message="the dedup fences",
        )
        assert worker.process.poll() is None
        stages = {dict(labels)["stage"] for labels, value in counted(worker, "wire_gaps_total").items() if value}
        assert stages == {"dedup", "detect"}
        assert sum(counted(worker, "wire_dlq_total").values()) == 8, "dead letters are not written again"
        repeated = [json.dumps(one) for one in lost]
        product.command("ingest", "-", stdin="\n".join(repeated).encode())
        ingest(product, story("last"))
        eventually(lambda: told(memory.client)[0]["last"], message="the last alert")
    _, ids = told(memory.client)
    assert max(ids.values()) == 1
    verdicts = stories_of(product)
    assert all(len(found) == 1 for found in verdicts.values()), "no verdict was made anew"
    if not quiet:
        copies, originals = ([_story(verdicts, f"files|{kind}{n}") for n in range(30)] for kind in "cb")
        assert copies == originals, "each copy found its original, though that had been lost"


def _story(verdicts, key):
    ((_, found),) = verdicts[key]
    return found


def test_an_empty_redis_starts_at_the_log_start(kafka, memory, tmp_path):
    product = Product(kafka, memory.url, tmp_path, QUICK)
    product.command("topics")
    with product.process("worker"):
        ingest(product, *(story(f"a{n}") for n in range(25)))
        eventually(lambda: len(told(memory.client)[0]) == 25, message="the alerts")
        before = told(memory.client)
    memory.client.flushall()
    with product.process("worker"):
        eventually(lambda: told(memory.client)[0] == before[0], message="the alerts again")
        ingest(product, *(story(f"a{n}") for n in range(25)), story("last"))
        eventually(lambda: told(memory.client)[0]["last"], message="the last alert")
    carriers, ids = told(memory.client)
    assert set(carriers.values()) == {1}
    assert set(ids) >= set(before[1]), "an event has the id it had"


@pytest.mark.parametrize(
    ("failpoint", "code"),
    [("detect.work=kill:BOOM", -signal.SIGKILL), ("dedup.work=segfault:BOOM", -signal.SIGSEGV), ("detect.work=raise:BOOM", 70)],
)
def test_a_record_that_kills_three_times_becomes_a_dead_letter(kafka, redis_server, tmp_path, failpoint, code):
    product = Product(kafka, redis_server, tmp_path, {"FAILPOINT": failpoint, "FAILPOINTS_ALLOWED": "true", "PARTITIONS": "1"})
    product.command("topics")
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
        killing = story("boom")
        killing["text"] += " BOOM"
        ingest(product, *(story(f"a{n}") for n in range(6)), killing, *(story(f"z{n}") for n in range(6)))
        codes = []
        environment = product.environment | {"WIREWATCH_WORKER_PORT": "0"}
        command = [sys.executable, "-m", "streams", "worker"]
        while len(codes) < 6:
            with embedded.running(command, ready=None, log=tmp_path / f"worker-{len(codes)}.log", env=environment) as process:
                eventually(lambda: process.poll() is not None or len(told(client)[0]) == 12, message="death or all")
                if process.poll() is None:
                    break
                codes.append(process.returncode)
        assert codes == [code] * 4, "one death of the batch, three of the record"
        assert "boom" not in told(client)[0]
        assert max(told(client)[1].values()) == 1
    consumer = KafkaConsumer(
        product.settings().dead_letter_topic,
        bootstrap_servers=product.bootstrap,
        auto_offset_reset="earliest",
        consumer_timeout_ms=3000,
    )
    (letter,) = {(r.key, r.value, dict(r.headers)["ww_stage"], dict(r.headers)["ww_reason"]) for r in consumer}
    consumer.close()
    assert (letter[0], letter[2], letter[3]) == (b"files|boom", failpoint.partition(".")[0].encode(), b"three-strikes")
    assert b"BOOM" in letter[1]


def run_worker(product):
    return subprocess.run(
        [sys.executable, "-m", "streams", "worker"],
        env=product.environment | {"WIREWATCH_WORKER_PORT": "0"},
        capture_output=True,
        timeout=100,
        check=False,
    )


def test_fences_of_a_topic_made_anew_end_the_worker_until_they_are_reset(kafka, redis_server, tmp_path):
    product = Product(kafka, redis_server, tmp_path, QUICK)
    product.command("topics")
    topics = [product.settings().articles_topic, product.settings().stories_topic]
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
        with product.process("worker"):
            ingest(product, *(story(f"a{n}") for n in range(20)))
            eventually(lambda: len(told(client)[0]) == 20, message="the alerts")
        assert len(product.command("fences", "list").stdout.splitlines()) >= 2
        admin = KafkaAdminClient(bootstrap_servers=product.bootstrap)
        admin.delete_topics(topics)
        eventually(lambda: not set(topics) & set(admin.list_topics()), message="the topics' end")
        admin.close()
        eventually(lambda: product.command("topics", check=False).returncode == 0, message="the topics anew")
        for topic in topics:
            done = run_worker(product)
            assert done.returncode == 73, done.stdout.decode() + done.stderr.decode()
            command = f"wirewatch fences reset {topic}"
            assert command in done.stdout.decode() + done.stderr.decode()
            product.command(*command.split()[1:])
        with product.process("worker"):
            ingest(product, story("b"), story("a1"))
            eventually(lambda: told(client)[0]["b"], message="the alert of the new topic")
        carriers, ids = told(client)
        assert (carriers["a1"], max(ids.values())) == (1, 1)
