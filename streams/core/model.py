"""The domain's nouns. Frozen values only: what changes is made anew.

Times are aware datetimes. Offsets of a `Span` count code points of the named field of the canonical record
(ninjs 3.1), never of folded text.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads these annotations at run time (codec.py)
from dataclasses import dataclass, field
from enum import StrEnum

READ_LIMIT = 1_000_000
"""Code points of a headline or body that are judged. A newspaper's longest report has a tenth; what is longer is no report,
and judging all 20 MB of it would cost a gigabyte."""

# --- articles -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """One matched text of an article: `pointer` is its JSON Pointer (RFC 6901) in the canonical record."""

    pointer: str
    text: str


@dataclass(frozen=True, slots=True)
class Article:
    """One version of one article, decoded from its canonical record.

    `source` comes from ingest's own configuration, never from the body (delivery.md, identity); `outlet` is the name
    the article gives itself. `published` is `versionCreated`, or None where the wire says nothing.
    """

    source: str
    uri: str
    version: str
    published: dt.datetime | None
    language: str | None
    headline: Field | None
    body: Field | None
    pub_status: str = "usable"
    urgency: int | None = None
    outlet: str = ""
    url: str | None = None
    alt_ids: tuple[str, ...] = ()
    """Other uris its source calls it by."""
    evolved_from: tuple[str, ...] = ()
    """Uris of the articles it says it was made from."""

    @property
    def key(self) -> str:
        """`source|uri`: the Kafka key; all versions of an article share it."""
        return f"{self.source}|{self.uri}"

    @property
    def id(self) -> str:
        """`source|uri|version`: one version of one article."""
        return f"{self.key}|{self.version}"

    @property
    def fields(self) -> tuple[Field, ...]:
        """What detectors read, headline first: of each text the first `READ_LIMIT` code points."""
        return tuple(Field(f.pointer, f.text[:READ_LIMIT]) for f in (self.headline, self.body) if f is not None)

    @property
    def unread(self) -> tuple[str, ...]:
        """What stands behind `READ_LIMIT`, where there is any."""
        return tuple(f.text[READ_LIMIT:] for f in (self.headline, self.body) if f is not None and len(f.text) > READ_LIMIT)

    @property
    def title(self) -> str:
        """The headline, or else the first non-empty line of the body, as the wire wrote it."""
        if self.headline is not None and self.headline.text.strip():
            return self.headline.text.strip()
        text = self.body.text if self.body is not None else ""
        return next((line.strip() for line in text.splitlines() if line.strip()), "")


class Decision(StrEnum):
    """What `dedup` says of an article (contracts.md)."""

    NEW = "new"
    EXACT = "exact"
    NEAR = "near"
    EXCERPT = "excerpt"
    UPDATE = "update"
    CORRECTION = "correction"
    KILL = "kill"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`story` names the group of copies: the article id that opened it. `of` is the article this one repeats."""

    verdict: Decision
    story: str
    of: str | None = None
    similarity: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition of one Kafka topic."""

    topic: str
    number: int

    def __str__(self) -> str:
        return f"{self.topic}:{self.number}"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """All that is known of a text once it is gone; under 600 bytes (`dedup.fingerprint`)."""

    exact: bytes
    """16 bytes over all folded words of headline and body; empty where there is no word, and such a text claims nothing."""
    sketch: bytes
    """Up to 128 of the smallest hashes of its 3-word shingles, ascending, 16 bits each (`sketch.packed`); furniture left out."""
    keys: tuple[int, ...]
    """Up to 8 hashes (32 bits) that copies share; the first to claim one owns it."""
    facts: bytes
    """What must not differ between copies, packed by `facts`."""
    words: int
    """Words of the body, furniture left out; of the headline where there is no body."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What `dedup` asks the index about one record, and all the index keeps of it. `at` is the record's Kafka timestamp.

    `names` are the `source|uri` the article goes by: its own first, then those of its `altIds`; `evolved` are those it
    says it was made from. `usable` is false where it takes its article back (`pubStatus` canceled or withheld).
    """

    article: str
    offset: int
    at: dt.datetime
    fingerprint: Fingerprint
    names: tuple[str, ...]
    evolved: tuple[str, ...] = ()
    published: dt.datetime | None = None
    usable: bool = True


@dataclass(frozen=True, slots=True)
class Claimed:
    """The index's answer: None where the same article version stands elsewhere in the topic already (a repeat)."""

    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Emitted:
    """An article as it stands in the stories topic: what it claims, and the verdict it went on with."""

    claim: Claim
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class SeenStand:
    """How far the seen index knows a partition of articles.

    `fence` is the last offset claimed, -1 for none. Whatever lies above it was emitted at or behind `mark`, an offset of the
    same partition of the stories topic; None where that is not known.
    """

    fence: int
    mark: int | None


@dataclass(frozen=True, slots=True)
class SeenSize:
    """How much the seen index holds: articles, the bytes it wrote for them, and the earliest time an article of it can have.

    `dropped` are articles that went before their time, the oldest first, since there were more than `seen_articles`.
    """

    articles: int
    bytes: int
    oldest: dt.datetime | None
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Noted:
    """A batch somebody began: offsets `start` to below `end` of a partition."""

    partition: Partition
    start: int
    end: int


# --- findings -------------------------------------------------------------------------------------------------------


class Category(StrEnum):
    """What is done (GUIDELINES.md)."""

    STRIKE = "strike"
    CLASH = "clash"
    ATTACK = "attack"
    MOBILISATION = "mobilisation"
    THREAT = "threat"
    CEASEFIRE_BREACH = "ceasefire_breach"
    CIVILIAN_HARM = "civilian_harm"


class Reported(StrEnum):
    """Whether an article reports escalation as news of now."""

    REPORT = "report"
    BACKGROUND = "background"
    NONE = "none"


class Tier(StrEnum):
    """How urgent an alert is, most urgent first (contracts.md, "What makes an alert")."""

    FLASH = "flash"
    URGENT = "urgent"
    ALERT = "alert"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the most urgent."""
        return list(Tier).index(self)


class Organ(StrEnum):
    """The UN body that sits."""

    UNSC = "UNSC"
    UNGA = "UNGA"
    UNHRC = "UNHRC"
    UN_OTHER = "UN_OTHER"


class SittingKind(StrEnum):
    """What sort of sitting it is."""

    EMERGENCY = "emergency"
    CLOSED = "closed"
    REGULAR = "regular"
    UNSPECIFIED = "unspecified"


class SittingStatus(StrEnum):
    """How far a sitting has come, as of the article."""

    REQUESTED = "requested"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    HELD = "held"
    SUSPENDED = "suspended"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """How a sitting ended."""

    ADOPTED = "adopted"
    VETOED = "vetoed"
    REJECTED = "rejected"
    NO_OUTCOME = "no_outcome"


@dataclass(frozen=True, slots=True)
class Span:
    """`quote == text_of(field)[start:end]`, in code points of the original."""

    field: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One rule that matched, with the words it matched and the guards that touched it."""

    rule: str
    category: Category
    span: Span
    weight: float
    guards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Escalation:
    """What an article says of armed violence. `score` is 0-100."""

    value: Reported
    categories: tuple[Category, ...]
    score: int
    tier: Tier
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """One sitting of one UN body as one article tells it (detection.md, "UN sessions")."""

    body: Organ
    kind: SittingKind
    status: SittingStatus
    span: Span
    rule: str
    when: str | None = None
    date: dt.date | None = None
    topic: str | None = None
    requested_by: tuple[str, ...] = ()
    outcome: Outcome | None = None
    current: bool = True


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything the detectors found in one article. `lexicon` names the version of the rules that judged."""

    language: str
    escalation: Escalation
    sessions: tuple[Session, ...]
    lexicon: str


# --- alerts ---------------------------------------------------------------------------------------------------------


class AlertKind(StrEnum):
    """What an alert is about."""

    ESCALATION = "escalation"
    UN_SESSION = "un_session"


class AlertType(StrEnum):
    """What an event says has happened to its alert."""

    CREATED = "alert.created"
    UPDATED = "alert.updated"
    RETRACTED = "alert.retracted"


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of original text; `rule` names the rule whose words it is, or is None for the words between."""

    text: str
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one field cut into segments by the server, so that no script counts offsets."""

    field: str
    start: int
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit as published in an alert: flat, as `wirewatch check` prints it, with the article it stands in."""

    rule: str
    category: str
    field: str
    start: int
    end: int
    quote: str
    weight: float
    guards: tuple[str, ...]
    article: str


@dataclass(frozen=True, slots=True)
class Carrier:
    """An article that carries an alert (`sources[]` of the published alert).

    `of` is the article id its verdict names, `agency` the news agency its text credits (`dedup.agency`).
    """

    source: str
    uri: str
    version: str
    outlet: str
    url: str | None
    published: dt.datetime
    verdict: Decision
    of: str | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step in the life of a sitting: what was reported, by which article of which outlet, in which words.

    `moved` says whether the sitting stands differently since; a report of an earlier stage, or of the same, moves nothing.
    """

    status: SittingStatus
    article: str
    outlet: str
    published: dt.datetime
    quote: str
    moved: bool = True


@dataclass(frozen=True, slots=True)
class Fact:
    """One value that reports give for one fact of a sitting (`name`, as the fields of `Session`), and who gives it.

    Where reports differ, each value is there with its own articles.
    """

    name: str
    value: str
    articles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Incident:
    """A sitting as an alert shows it.

    `moved_from` is the old date of one put off. `merged_into` names the incident that a retracted one turned out to be.
    """

    id: str
    body: Organ
    kind: SittingKind
    status: SittingStatus
    date: dt.date | None
    topic: str | None
    requested_by: tuple[str, ...]
    outcome: Outcome | None
    history: tuple[Step, ...]
    moved_from: dt.date | None = None
    facts: tuple[Fact, ...] = ()
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as published: in the stream, over HTTP, to webhooks (contracts.md, "Alert").

    `late` is that of its last event: whether that was told long after Kafka took in the article that caused it.
    """

    id: str
    type: AlertType
    kind: AlertKind
    sequence: int
    tier: Tier
    score: int
    title: str
    language: str
    story: str
    categories: tuple[Category, ...]
    incident: Incident | None
    findings: tuple[Finding, ...]
    passages: tuple[Passage, ...]
    places: tuple[str, ...]
    sources: tuple[Carrier, ...]
    origins: int
    published: dt.datetime
    detected: dt.datetime
    lexicon: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What one text says for one alert. Copies share it: it is kept once under the text's content key."""

    tier: Tier
    score: int
    title: str
    language: str
    categories: tuple[Category, ...]
    hits: tuple[Hit, ...]
    passages: tuple[Passage, ...]
    lexicon: str


@dataclass(frozen=True, slots=True)
class Told:
    """What an earlier version of an article said of a sitting that its version in force still tells of."""

    article: str
    published: dt.datetime
    session: Session


@dataclass(frozen=True, slots=True)
class Evidence:
    """One article's part in an alert; `reading` is a key into `AlertState.readings`.

    For a sitting `session` is the article's frame of it, the `place`-th current one of its body in the order of the text.
    """

    carrier: Carrier
    reading: str
    session: Session | None = None
    place: int = 0
    earlier: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertState:
    """The full state of an alert: a function of its evidence, from which `Alert` is derived.

    `evidence` is keyed by `source|uri`: a later version of an article takes its earlier version's place.
    `told` is the Kafka timestamp of the article that caused the last event (for the five-minute rule), `late` whether that
    event came late.
    """

    id: str
    kind: AlertKind
    story: str
    sequence: int
    evidence: dict[str, Evidence]
    readings: dict[str, Reading]
    told: dt.datetime
    retracted: bool = False
    merged_into: str | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the alert log. `id` is hash(alert id, type, causing article id): the webhook id, equal on replay."""

    id: str
    cause: str
    alert: Alert


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as read back: `stream_id` is its place in the log (the SSE id)."""

    stream_id: str
    event: Event


@dataclass(frozen=True, slots=True)
class Lookup:
    """Where the incidents stand that a frame may belong to: an index, and which of it.

    `index` is a body and one place of its topic, `at` the time of publication in Unix seconds.
    """

    index: str
    at: int
    date: dt.date | None


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What the indexes say of one incident: when it was reported first and last (Unix seconds), and its dates."""

    indexes: tuple[str, ...]
    first: int
    last: int
    dates: tuple[dt.date, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """An index of incidents as read: how often it has been written, and every incident in it, near or not."""

    revision: int
    alerts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Applied:
    """The highest version of an article the alert log has taken in, the alerts it feeds, and where its sittings stand.

    `earlier` are versions taken in before it, newest first: where versions are hashes of the text and times are equal,
    nothing else tells a version that comes again from a new one.
    """

    version: str
    published: dt.datetime | None
    alerts: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    sittings: tuple[Lookup, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """An alert's state with the revision it was read at; revision 0 means it does not exist yet."""

    state: AlertState
    revision: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What `AlertLog.read` answers. `fence` is the last story offset applied, -1 for none."""

    fence: int
    applied: dict[str, Applied]
    alerts: dict[str, Stored]
    indexes: dict[str, Index] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Commit:
    """One partition-batch for the alert log, written whole or not at all.

    `fence`, every revision in `states` and those of `indexes` are those of the snapshot it was computed from. `last` is
    the batch's last offset: the new fence. `current` is the published form of each state in `states`, by alert id;
    `entries` says where each incident among them is to be found.
    """

    partition: Partition
    fence: int
    last: int
    states: tuple[Stored, ...]
    current: dict[str, Alert]
    applied: dict[str, Applied]
    events: tuple[Event, ...]
    indexes: dict[str, int] = field(default_factory=dict)
    entries: dict[str, IndexEntry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The first and last stream ids of the alert log; both `0-0` while it is empty."""

    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Query:
    """A selection of current alerts, newest change first. None means any. `limit` is 1-1000.

    `body` and `status` are those of a sitting: with one of them escalations are left out.
    """

    since: dt.datetime | None = None
    tier: Tier | None = None
    kind: AlertKind | None = None
    language: str | None = None
    place: str | None = None
    body: Organ | None = None
    status: SittingStatus | None = None
    limit: int = 100


# --- webhooks -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Secret:
    """A signing secret (`whsec_…`) and when it stops being valid, None for the one in force."""

    value: str = field(repr=False)
    expires: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook subscriber. `secrets` holds the one in force first, then those still valid after a rotation."""

    id: str
    url: str = field(repr=False)
    secrets: tuple[Secret, ...] = field(repr=False)
    created: dt.datetime
    enabled: bool = True
    disabled_why: str = ""
    tiers: tuple[Tier, ...] = ()
    kinds: tuple[AlertKind, ...] = ()

    def wants(self, alert: Alert) -> bool:
        """Whether it asked for such alerts; no tiers or no kinds named means all."""
        return (not self.tiers or alert.tier in self.tiers) and (not self.kinds or alert.kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event owed to one endpoint. `attempt` counts those made; `due` is when the next one may start."""

    id: str
    endpoint: str
    event_id: str
    payload: bytes = field(repr=False)
    attempt: int
    due: dt.datetime
    created: dt.datetime

    @classmethod
    def first(cls, endpoint: str, event_id: str, payload: bytes, now: dt.datetime) -> Delivery:
        """A delivery due at once. One event is owed to one endpoint once at a time: the id says both."""
        return cls(f"{endpoint}:{event_id}", endpoint, event_id, payload, 0, now, now)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one try. `status` is the HTTP status, None where no answer came; `outcome` is a metric label."""

    endpoint: str
    event_id: str
    number: int
    at: dt.datetime
    outcome: str
    status: int | None
    detail: str = ""
