"""Faults of who is told: a webhook endpoint that hangs must not delay the others."""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from streams.embedded import LOOPBACK
from streams.store import keys
from tests.faults.wire import Blend
from tests.product import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.run import Run

_CALM, _HANG, _RATE = 12.0, 30.0, 40.0


class _Receiver:
    """An HTTP server that notes when which event came, and answers while `open` is set."""

    def __init__(self) -> None:
        self.came: list[tuple[str, float]] = []
        self.open = threading.Event()
        self.open.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                came = (self.headers["webhook-id"], time.time())
                outer.open.wait(120)
                with contextlib.suppress(OSError):
                    self.send_response(204)
                    self.end_headers()
                    outer.came.append(came)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self.url = f"http://{LOOPBACK}:{self._server.server_port}/"

    @contextlib.contextmanager
    def running(self) -> Iterator[_Receiver]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.open.set()
            self._server.shutdown()
            self._server.server_close()


def endpoint_hang(run: Run) -> None:
    """One of two endpoints hangs for 30 s: the other hears as soon as before, and in the end both have heard all."""
    run.product.extra["WEBHOOK_ALLOW_PRIVATE"] = "true"
    with _Receiver().running() as good, _Receiver().running() as bad:
        for receiver in (good, bad):
            run.product.command("endpoints", "add", receiver.url)
        with run.product.process("deliver"):
            run.team(1)
            run.write(int(_RATE * (_CALM + _HANG + 5)), _RATE, Blend(acts=0.8))
            run.progress()
            time.sleep(_CALM)  # what is measured against
            bad.open.clear()
            hung = time.time()
            time.sleep(_HANG)  # the fault itself
            bad.open.set()
            over = time.time()
            run.drained()
            entries: Any = run.redis.client.xrange(keys.STREAM)
            owed = {fields[b"id"].decode(): int(stamp.split(b"-")[0]) / 1e3 for stamp, fields in entries}
            for name, receiver in (("good", good), ("hung", bad)):
                with contextlib.suppress(AssertionError):
                    eventually(lambda r=receiver: owed.keys() <= {event for event, _ in r.came}, within=90)
                heard = Counter(event for event, _ in receiver.came)
                run.figures[f"{name} endpoint never heard of"] = unheard = len(owed.keys() - heard.keys())
                if unheard or heard.keys() - owed.keys():
                    strange = len(heard.keys() - owed.keys())
                    run.problem(f"the {name} endpoint never heard of {unheard} events, and of {strange} strange ones")
            delays = {event: came - owed[event] for event, came in reversed(good.came)}
            calm = [delay for event, delay in delays.items() if owed[event] < hung]
            bound = [delay for event, delay in delays.items() if hung <= owed[event] < over]
            run.figures["p99 before s"] = round(_p99(calm), 3)
            # A twentieth of a second is what two cores shared with the workers come to by themselves.
            run.at_most("p99 while it hangs s", _p99(bound), 1.5 * _p99(calm) + 0.05)
            run.judged()


def _p99(delays: list[float]) -> float:
    return statistics.quantiles(delays, n=100)[-1] if len(delays) > 1 else float("inf")
