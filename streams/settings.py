"""One frozen settings object; the only reader of the environment (`WIREWATCH_…`).

Every value has a default that suits one machine. Secrets are `SecretStr`: they show in no repr and no log.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_MOST_WINDOWS = 64
"""Windows that a claim may be kept for."""


class SettingsError(Exception):
    """A setting is wrong; the message names each and says what would do. Exit code 2."""


def _names(value: object) -> object:
    """`a, b` as the environment gives it, or a list as code gives it."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _cache_dir() -> Path | None:
    """`$XDG_CACHE_HOME/wirewatch`, or `~/.cache/wirewatch`; None for a user without a home."""
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "wirewatch"
    except RuntimeError:
        return None


class Settings(BaseSettings):
    """All of wirewatch's settings. Field `kafka_bootstrap` is read from `WIREWATCH_KAFKA_BOOTSTRAP`, and so on."""

    model_config = SettingsConfigDict(env_prefix="WIREWATCH_", frozen=True, extra="forbid")

    # Kafka
    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_cafile: Path | None = None
    articles_topic: str = "wire.articles.v1"
    stories_topic: str = "wire.stories.v1"
    dead_letter_topic: str = "wire.articles.v1.dlq"
    partitions: Annotated[int | None, Field(ge=1, le=1000)] = None
    """None takes the number in `topics.toml`."""

    # Worker
    group: str = "wirewatch"
    instance: str = Field(default_factory=socket.gethostname)
    slot: Annotated[int, Field(ge=0, le=999)] = 0
    session_timeout: Annotated[float, Field(ge=1, le=300)] = 10.0
    """Seconds without a heartbeat after which Kafka gives a worker's partitions to another."""
    watchdog: Annotated[float, Field(ge=1, le=3600)] = 60.0
    """Seconds without progress, though work waits, after which a worker ends itself to be restarted."""
    dead_letter_limit: Annotated[int, Field(ge=1)] = 1000
    """Dead letters a worker writes within `dead_letter_window` seconds; one more stops it (exit code 72)."""
    dead_letter_window: Annotated[float, Field(gt=0)] = 600.0
    batch: Annotated[int, Field(ge=1, le=256)] = 256
    carrier_interval: Annotated[float, Field(ge=0)] = 300.0
    """Seconds between two updates of an alert for which only new carriers speak."""
    late_after: Annotated[float, Field(gt=0)] = 60.0
    """Seconds from Kafka's timestamp of an article to its event, above which the event is `late`."""
    seen_window: Annotated[float, Field(ge=60, le=45 * 86_400)] = 72 * 3600.0
    """Seconds, by the articles' own Kafka timestamps, within which one article is judged beside another."""
    seen_ttl: Annotated[float, Field(ge=60)] = 10 * 86_400.0
    """Seconds a claim is kept: the window of 72 h and the retention of the articles topic."""
    seen_articles: Annotated[int, Field(ge=64)] = 2_000_000
    """Articles the seen index holds at most, about 1 kB each; of more the oldest go, and a copy of theirs is news again."""
    lexicon_dir: Path | None = None
    """A folder of lexicons in place of the bundled ones."""
    lexicon_interval: Annotated[float, Field(ge=0.05, le=3600)] = 2.0
    """Seconds between two looks of a running worker at `lexicon_dir`; what has changed and stands still is checked and taken."""
    cache_dir: Path | None = Field(default_factory=_cache_dir)
    """Where compiled lexicons are kept; must be writable by nobody else. Without it each start compiles for seconds."""

    repair_interval: Annotated[float, Field(ge=0.1, le=3600)] = 30.0
    """Seconds between two comparisons of Redis's fences with Kafka, for topics on which nothing comes."""

    # Tests of faults; agents/failpoint.py
    failpoint: str = ""
    failpoints_allowed: bool = False
    failpoint_once: Path | None = None

    # Redis
    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    redis_timeout: Annotated[float, Field(gt=0, le=60)] = 2.0
    log_max_entries: Annotated[int, Field(ge=1000)] = 1_000_000
    alert_ttl: Annotated[float, Field(ge=3600)] = 90 * 86_400.0
    """Seconds an alert is kept after its last change."""

    # HTTP
    host: str = "127.0.0.1"
    serve_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    worker_port: Annotated[int, Field(ge=0, le=65535)] = 9101
    deliver_port: Annotated[int, Field(ge=0, le=65535)] = 9201
    read_token: SecretStr | None = None
    """Asked of every reader that is not on this machine; without it only loopback may listen."""
    write_token: SecretStr | None = None
    """Asked of whatever writes over HTTP; without it nothing does."""
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.1", "localhost", "[::1]")
    """Host names a browser may call us by: a page that rebinds its own name to 127.0.0.1 is refused."""
    public_url: str | None = None
    """Where readers reach the feed, for links in syndication; the request's own address where it is None."""

    # Webhooks
    webhook_allow_private: bool = False
    """For tests only: lets webhooks reach http:// and addresses that are not globally routable."""
    webhook_timeout: Annotated[float, Field(gt=0, le=60)] = 15.0
    webhook_lifetime: Annotated[float, Field(ge=60)] = 4 * 86_400.0
    """Seconds after which a delivery that never succeeded is given up and reported."""

    # Logs and labels
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    sources: Annotated[tuple[str, ...], NoDecode] = ()
    """Source names that may stand as metric labels; every other is `other`."""

    _split = field_validator("allowed_hosts", "sources", mode="before")(_names)

    @model_validator(mode="after")
    def _open_only_with_a_token(self) -> Self:
        if self.host not in {"127.0.0.1", "::1", "localhost"} and self.read_token is None:
            raise ValueError("WIREWATCH_HOST lets other machines read: set WIREWATCH_READ_TOKEN too")
        return self

    @model_validator(mode="after")
    def _few_windows(self) -> Self:
        if self.seen_ttl > _MOST_WINDOWS * self.seen_window:
            raise ValueError(
                f"WIREWATCH_SEEN_TTL may be {_MOST_WINDOWS} times WIREWATCH_SEEN_WINDOW at most: each look-up asks every window"
            )
        return self

    @property
    def worker(self) -> str:
        """The name of this process in its Kafka group: no other live one may have it."""
        return f"{self.instance}-{self.slot}"

    def source_label(self, source: str) -> str:
        """The metric label of a source: its own name only when it is configured, so that labels stay bounded."""
        return source if source in self.sources else "other"


def load(**overrides: object) -> Settings:
    """Read the environment, with `overrides` (None means not given) above it.

    Raises:
        SettingsError: naming every wrong setting by its environment variable.
    """
    unknown = sorted(key for key in os.environ if key.startswith("WIREWATCH_") and key[10:].lower() not in Settings.model_fields)
    if unknown:
        raise SettingsError("\n".join(f"{key}: there is no such setting (streams/settings.py lists them)" for key in unknown))
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type] # values are validated, which is the point
    except ValidationError as error:
        lines = [
            f"WIREWATCH_{str(problem['loc'][0]).upper()}: {problem['msg']}"
            if problem["loc"]
            else problem["msg"].removeprefix("Value error, ")
            for problem in error.errors(include_input=False)
        ]
        raise SettingsError("\n".join(lines)) from None


def environment(settings: Settings) -> dict[str, str]:
    """The variables that make another process read these very settings; secrets stand in it in clear."""
    values: dict[str, object] = {name: getattr(settings, name) for name in type(settings).model_fields}
    written: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, SecretStr):
            written[name] = value.get_secret_value()
        elif isinstance(value, tuple):
            written[name] = ",".join(map(str, value))
        elif value is not None:
            written[name] = str(value)
    return {f"WIREWATCH_{name.upper()}": value for name, value in written.items()}
