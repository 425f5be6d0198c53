"""A TCP proxy that is a bad network: it delays, stalls, resets, or leads elsewhere from now on."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from typing import TYPE_CHECKING

from streams.embedded import LOOPBACK, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Proxy:
    """Forwards connections from `port` to `target`, in a thread of its own.

    `delay` holds each piece back by so many seconds; `stalled` passes nothing on while it is set.
    """

    def __init__(self, target: int = 0, *, seed: int = 0) -> None:
        self.port, self.target = free_port(), target
        self.delay, self.stalled = 0.0, False
        self.resets = 0
        self._dice = random.Random(seed)  # noqa: S311 - a repeatable run, no secret
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.contextmanager
    def running(self) -> Iterator[Proxy]:
        """It forwards until the block ends."""
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, LOOPBACK, self.port), self._loop).result(10)
        try:
            yield self
        finally:
            self._call(server.close)
            self.reset()
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(10)
            self._loop.close()

    def lead(self, target: int) -> None:
        """From now on connections go to another port; those that stand are reset."""
        self.target = target
        self.reset()

    def reset(self, share: float = 1.0) -> None:
        """Cut connections off, each with this probability."""

        def cut() -> None:
            for writer in sorted(self._writers, key=id):
                if self._dice.random() < share:
                    self.resets += 1
                    writer.transport.abort()

        self._call(cut)

    def _call(self, what: Callable[[], object]) -> None:
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (what(), done.set()))
        done.wait(10)

    async def _end(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward, out = await asyncio.open_connection(LOOPBACK, self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, out}
        self._writers |= pair
        for source, sink in ((reader, out), (onward, writer)):
            task = asyncio.ensure_future(self._carry(source, sink, pair))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, pair: set[asyncio.StreamWriter]) -> None:
        """One direction; a line that is long, not narrow: pieces overtake no one and wait side by side."""
        line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(256)

        async def take_in() -> None:
            while data := await source.read(65_536):
                await line.put((self._loop.time() + self.delay, data))
            await line.put((0.0, b""))

        filling = asyncio.ensure_future(take_in())
        try:
            while True:
                due, data = await line.get()
                if not data:
                    break
                while self.stalled or self._loop.time() < due:  # noqa: ASYNC110 - set from another thread
                    await asyncio.sleep(0.005 if self.stalled else max(0.0, due - self._loop.time()))
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        finally:
            filling.cancel()
            await asyncio.gather(filling, return_exceptions=True)
            self._writers -= pair
            for writer in pair:
                writer.transport.abort() if writer is not sink else writer.close()
