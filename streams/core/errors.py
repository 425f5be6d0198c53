"""The ways a step may fail, and nothing else: anything beyond them is a bug and must stop the process."""


class Rejected(Exception):  # noqa: N818 - the domain's word: a record is rejected, whatever its class is called elsewhere
    """The input itself cannot be processed and never will be; it becomes a dead letter.

    Args:
        reason: a short stable code, used as a metric label (`bad-json`, `no-uri`, …).
        detail: what is wrong and what would mend it, for people; never a secret.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Unavailable(Exception):  # noqa: N818 - names a state of the world, not a mistake
    """Kafka or Redis does not answer now; the same call may succeed later, so the caller waits and tries again."""


class Behind(Exception):  # noqa: N818 - as above
    """Redis knows less than Kafka has settled: it lost acknowledged writes. Nothing was written; repair first (rule 6).

    Args:
        fence: the last offset that Redis knows of, -1 for none at all.
    """

    def __init__(self, fence: int) -> None:
        super().__init__(f"Redis stands at offset {fence}, Kafka further on")
        self.fence = fence


class Stale(Exception):  # noqa: N818 - names a state, not a mistake
    """What was read has moved since: nothing was written, so read and compute again (delivery.md, rule 5)."""
