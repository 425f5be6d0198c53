"""Every metric and every label, declared once (contracts.md, "Metrics").

Base units, prefix `wire_`, and no URL, term or article id as a label: label values are bounded sets.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

# Publish-to-alert is the promise ("within a second"): fine steps below it, coarse ones for catching up.
_LATENCY = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600)
_STAGE = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)

ARTICLES = Counter(
    "wire_articles_total",
    "Articles judged by dedup; outcome is the verdict, repeat or rejected.",
    ["source", "outcome"],
    registry=REGISTRY,
)
SEEN_ARTICLES = Gauge("wire_seen_articles", "Articles in the seen index, those behind the window included.", registry=REGISTRY)
SEEN_BYTES = Gauge(
    "wire_seen_bytes", "Bytes of records the seen index wrote for them, keys and names not counted.", registry=REGISTRY
)
SEEN_OLDEST = Gauge(
    "wire_seen_oldest_timestamp_seconds", "Earliest Kafka timestamp the seen index may still hold (Unix time).", registry=REGISTRY
)
SEEN_DROPPED = Gauge(
    "wire_seen_dropped_articles", "Articles the seen index let go before their time, being full, so far.", registry=REGISTRY
)
ALERTS = Counter(
    "wire_alerts_total",
    "Events this worker knows it wrote to the alert log (not those whose reply was lost).",
    ["kind", "tier", "type"],
    registry=REGISTRY,
)
PUBLISH_TO_ALERT = Histogram(
    "wire_publish_to_alert_seconds",
    "From the CreateTime of the wire.articles.v1 record to the entry in the alert log.",
    buckets=_LATENCY,
    registry=REGISTRY,
)
STAGE_DURATION = Histogram(
    "wire_stage_duration_seconds",
    "Time a stage spends on one partition-batch.",
    ["stage"],
    buckets=_STAGE,
    registry=REGISTRY,
)
SOURCE_LAST_ARTICLE = Gauge(
    "wire_source_last_article_timestamp_seconds",
    "Kafka timestamp of the latest article of a source (Unix time).",
    ["source"],
    registry=REGISTRY,
)
SOURCE_DELAY = Histogram(
    "wire_source_delay_seconds",
    "From the outlet's own time of publication to the record's CreateTime.",
    buckets=(1, 5, 15, 60, 300, 900, 3600, 21600, 86400, 604800),
    registry=REGISTRY,
)
GAPS = Counter("wire_gaps_total", "Times a stage found that Redis had lost what Kafka has settled.", ["stage"], registry=REGISTRY)
GAP_RECORDS = Counter(
    "wire_gap_records_total",
    "Records of such gaps; outcome is repaired, or gone: below the log start, so read by nobody again.",
    ["stage", "outcome"],
    registry=REGISTRY,
)
SUSPECT = Counter(
    "wire_suspect_batches_total",
    "Batches run record by record, because a process may have died of them.",
    ["stage"],
    registry=REGISTRY,
)
DEAD_LETTERS = Counter("wire_dlq_total", "Records that became dead letters.", ["stage", "reason"], registry=REGISTRY)
CONSUMER_LAG = Gauge(
    "wire_consumer_lag",
    "Records behind the end of a partition that this worker reads.",
    ["topic", "partition"],
    registry=REGISTRY,
)
CATCH_UP = Gauge(
    "wire_catch_up_seconds",
    "Seconds until this worker is level with Kafka at its speed of late; 0 while it is, +Inf while it does not gain.",
    registry=REGISTRY,
)
HITS = Counter("wire_hits_total", "Lexicon hits in articles judged `report`.", ["category", "lang"], registry=REGISTRY)
LEXICONS = Counter(
    "wire_lexicon_changes_total",
    "Changes of the lexicons' folder a worker saw; outcome is taken or refused.",
    ["outcome"],
    registry=REGISTRY,
)
LEXICON_REFUSED = Gauge(
    "wire_lexicon_refused", "1 where the lexicons' folder holds what cannot be used and an older one judges.", registry=REGISTRY
)
SESSIONS = Counter("wire_sessions_total", "Current sittings found in articles.", ["body", "status"], registry=REGISTRY)

SSE_CLIENTS = Gauge("wire_sse_clients", "Browsers and programs on the live stream now.", registry=REGISTRY)
SSE_DROPPED = Counter("wire_sse_dropped_total", "Stream clients dropped.", ["reason"], registry=REGISTRY)

WEBHOOK_ATTEMPTS = Counter("wire_webhook_attempts_total", "Attempts to deliver an event.", ["outcome"], registry=REGISTRY)
WEBHOOK_BACKLOG = Gauge(
    "wire_webhook_backlog_oldest_seconds", "How long the most overdue delivery has been due.", registry=REGISTRY
)

READY = Gauge("wire_ready", "1 where this process can do its work, 0 where /readyz says what is missing.", registry=REGISTRY)
