"""Debian's Chromium for the end-to-end tests.

Playwright's asynchronous interface, function by function: the synchronous one of pytest-playwright keeps an event loop
running in the main thread, and no asynchronous test could run after it. So `browser` and `page` here take the place of
that plugin's fixtures.
"""

from __future__ import annotations

import base64
import json
import os
from typing import TYPE_CHECKING

import feed_server
import pytest
import servers
from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from playwright.async_api import Browser, BrowserContext, Page

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FOR_PEOPLE = servers.ROOT / "build" / "screenshots"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium of its own for each test."""
    try:
        program = servers.chromium()
    except servers.NotStarted as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=program, args=[*FLAGS])
        yield launched
        await launched.close()


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A clean profile: light, on a desktop's window, in English, without motion (screenshots are of things at rest)."""
    made = await browser.new_context(
        viewport={"width": 1100, "height": 900}, locale="en-GB", color_scheme="light", reduced_motion="reduce"
    )
    yield made
    await made.close()


@pytest.fixture
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """An empty page. The test fails at its end if a script of the page failed or its policy was violated meanwhile."""
    opened = await context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(f"script error: {error}"))
    opened.on("console", lambda message: problems.append(message.text) if "Security Policy" in message.text else None)
    yield opened
    assert problems == []


@pytest.fixture
async def stage() -> AsyncIterator[feed_server.Stage]:
    """The feed on an in-memory log, and the newsroom that writes to it."""
    async with feed_server.stage() as there:
        yield there


@pytest.fixture
def screenshot(tmp_path: Path) -> Callable[..., object]:
    """`await screenshot(page, name)` saves PNG in the test's folder and in build/screenshots; answers the bytes."""

    async def take(page: Page, name: str, *, full_page: bool = False) -> bytes:
        image = await page.screenshot(full_page=full_page)
        for folder in (tmp_path, FOR_PEOPLE):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.png").write_bytes(image)
        return image

    return take


@pytest.fixture
async def pixel(context: BrowserContext) -> AsyncIterator[Callable[..., object]]:
    """`await pixel(png, x, y)` is the colour there as (red, green, blue); decoded on an empty page beside the tested one."""
    blank = await context.new_page()

    async def at(image: bytes, x: float, y: float) -> tuple[int, int, int]:
        script = """async ([png, x, y]) => {
            const bytes = Uint8Array.from(atob(png), c => c.charCodeAt(0));
            const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
            const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
            canvas.drawImage(bitmap, 0, 0);
            return JSON.stringify([...canvas.getImageData(Math.round(x), Math.round(y), 1, 1).data].slice(0, 3));
        }"""
        red, green, blue = json.loads(await blank.evaluate(script, [base64.b64encode(image).decode(), x, y]))
        return red, green, blue

    yield at
    await blank.close()
