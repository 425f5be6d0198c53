"""The life of a long-running process: until SIGINT or SIGTERM, then ten seconds at most."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from streams.settings import Settings

STOP_WITHIN = 8.5
"""Seconds an orderly stop may take; what is not acknowledged by then comes again."""
EXIT_OVERDUE = 1
_M_MMAP_THRESHOLD, _OWN_PAGES = -3, 4 * 1024 * 1024
"""glibc: blocks from this size on get pages of their own, given back when freed. By itself glibc raises it to the largest
block it has seen: after one record of 20 MB a worker would keep 80 MB for good."""


def _overdue(within: float) -> None:
    os.write(2, f"wirewatch: did not stop within {within:g} s of the signal: ends now, acknowledging nothing more\n".encode())
    os._exit(EXIT_OVERDUE)


def _give_back_memory() -> None:
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none, and no such threshold
        if mallopt is not None:
            mallopt(_M_MMAP_THRESHOLD, _OWN_PAGES)


def run(settings: Settings, process: Callable[[Settings, asyncio.Event], Awaitable[int]], *, within: float = STOP_WITHIN) -> int:
    """Run until a signal asks for the end, then `within` seconds at most; a second signal ends at once. Answers the exit code.

    The signals are caught by Python and not by the event loop, and a thread keeps the time: a loop that hangs ends as well.
    """
    _give_back_memory()
    overdue = threading.Timer(within, _overdue, (within,))
    overdue.daemon = True

    async def main() -> int:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        def on_signal(number: int, _: object) -> None:
            if overdue.is_alive():
                sys.exit(128 + number)
            overdue.start()
            loop.call_soon_threadsafe(stop.set)

        before = {name: signal.signal(name, on_signal) for name in (signal.SIGINT, signal.SIGTERM)}
        try:
            return await process(settings, stop)
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    try:
        return asyncio.run(main())
    finally:
        overdue.cancel()
