"""Lua scripts: kept beside this file as `*.lua`, called by their hash, and sent whole where the server has lost them."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import TYPE_CHECKING, Any

from redis.exceptions import NoScriptError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.store.client import Client


class Script:
    """One script of this package, for example `Script("claim.lua")`."""

    def __init__(self, name: str) -> None:
        self._text = resources.files(__package__).joinpath(name).read_bytes()
        self._hash = hashlib.sha1(self._text, usedforsecurity=False).hexdigest()

    async def __call__(self, client: Client, keys: Sequence[bytes | str], args: Sequence[bytes | str | int]) -> Any:  # noqa: ANN401 - scripts answer what they like
        """Run it. All `keys` carry one hash tag."""
        try:
            return await client.execute_command("EVALSHA", self._hash, len(keys), *keys, *args)
        except NoScriptError:  # a server restarted, was flushed, or took over: EVAL loads the script again
            return await client.execute_command("EVAL", self._text, len(keys), *keys, *args)
