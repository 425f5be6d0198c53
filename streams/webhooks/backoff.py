"""When to try again. Pure: the clock's reading and the random number are passed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

STEPS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""How long after the attempt before each further one comes (contracts.md); the first attempt is made at once."""

_JITTER = 0.2
_LONGEST_WISH = STEPS[-1]
"""A receiver may ask us to wait, but not longer than we would ourselves."""


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """What a `Retry-After` header asks for: seconds or an HTTP date (RFC 9110, 10.2.3); None where it asks for nothing.

    Bounded to 0-24 h; what cannot be read counts as absent.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), _LONGEST_WISH)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:  # the library's answer to a date in "-0000"
        moment = moment.replace(tzinfo=UTC)
    return max(timedelta(0), min(moment - now, _LONGEST_WISH))


def next_attempt(  # noqa: PLR0913 - a pure function is given all it needs
    made: int, now: datetime, *, created: datetime, lifetime: timedelta, roll: float, wish: timedelta | None = None
) -> datetime | None:
    """When attempt number `made` + 1 is due, or None where the delivery has expired: no step or no lifetime is left.

    Args:
        made: attempts made so far, at least 1.
        now: when the last one ended.
        created: when the delivery came to be.
        lifetime: how long it lives from then on.
        roll: a random number in [0, 1), spread to ±20 % of the step.
        wish: what `Retry-After` asked for; the later of it and the step counts.
    """
    if made > len(STEPS):
        return None
    delay = STEPS[made - 1] * (1 - _JITTER + 2 * _JITTER * roll)
    due = now + max(delay, wish or timedelta(0))
    return due if due <= created + lifetime else None
