"""What becomes of alerts when an article is judged: state + evidence -> new state and, perhaps, an event.

Pure and deterministic: ids are hashes of what they name, and no clock is read. The caller hands in the snapshot it
read and writes the answer back whole (delivery.md, rule 5).
"""

from streams.core.alerts.batch import MAX_TITLE, Plan, apply
from streams.core.alerts.identity import escalation_id, event_id, is_newer
from streams.core.alerts.judged import Judged, articles, exposed, feeds, lookups, touching
from streams.core.alerts.publish import publish

__all__ = [
    "MAX_TITLE",
    "Judged",
    "Plan",
    "apply",
    "articles",
    "escalation_id",
    "event_id",
    "exposed",
    "feeds",
    "is_newer",
    "lookups",
    "publish",
    "touching",
]
