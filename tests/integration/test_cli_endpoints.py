from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import redis


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


class Shell:
    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, *args: str, **environment: str) -> Done:
        env = {name: value for name, value in os.environ.items() if not name.startswith("WIREWATCH_")}
        env |= {"WIREWATCH_REDIS_URL": self.url, "COLUMNS": "200", **environment}
        command = [sys.executable, "-m", "streams", "endpoints", *args]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
        return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def endpoints(redis_server: str) -> Shell:
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return Shell(redis_server)


URL = "https://hooks.example.org/in/t0ken?key=k3y"


def test_the_life_of_an_endpoint(endpoints):
    nothing = endpoints("list")
    assert (nothing.code, nothing.err) == (0, "")
    assert "endpoints add" in nothing.out

    added = endpoints("add", URL, "--tier", "flash", "--tier", "urgent", "--kind", "un_session", "--json")
    assert added.code == 0, added.err
    one, secret = added.json["id"], added.json["secret"]
    assert secret.startswith("whsec_")
    assert added.json["tiers"] == ["flash", "urgent"]

    listed = endpoints("list")
    assert one in listed.out
    assert "hooks.example.org" in listed.out
    assert not any(hidden in listed.out for hidden in ("t0ken", "k3y", "whsec_"))
    assert endpoints("list", "--json").json == [{name: value for name, value in added.json.items() if name != "secret"}]

    rotated = endpoints("rotate", one)
    assert rotated.code == 0
    assert "whsec_" in rotated.out
    assert secret not in rotated.out

    assert "Nothing was sent" in endpoints("attempts", one).out
    assert endpoints("attempts", one, "--json").json == []
    tried = endpoints("test", one, "--json")
    assert tried.json["event_id"].startswith("test_")
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    assert endpoints("recover", one, "--since", since, "--json").json == {"owed": 0}

    assert endpoints("remove", one).code == 0
    gone = endpoints("remove", one)
    assert (gone.code, gone.out) == (1, "")
    assert one in gone.err
    assert "endpoints list" in gone.err


@pytest.mark.parametrize(
    ("args", "code", "word"),
    [
        (["add", "http://example.org/t0ken"], 2, "https://"),
        (["add", "https://10.0.0.1/t0ken"], 2, "globally routable"),
        (["add", URL, "--tier", "loud"], 2, "loud"),
        (["recover", "ep_1", "--since", "yesterday"], 2, "2025-01-31T06:00:00Z"),
        (["resend", "ep_1", "event"], 1, "no endpoint"),
        ([], 2, "Usage"),
    ],
)
def test_a_mistake_says_what_to_do(endpoints, args, code, word):
    done = endpoints(*args)
    assert (done.code, word in done.out + done.err) == (code, True), done
    assert "t0ken" not in done.out + done.err
    assert "Traceback" not in done.err


def test_a_redis_that_does_not_answer(endpoints, free_port):
    done = endpoints("list", WIREWATCH_REDIS_URL=f"redis://127.0.0.1:{free_port}")
    assert done.code == 1
    assert "WIREWATCH_REDIS_URL" in done.err
    done = endpoints("list", WIREWATCH_REDIS_TIMEOUT="never")
    assert done.code == 2
    assert "WIREWATCH_REDIS_TIMEOUT" in done.err
