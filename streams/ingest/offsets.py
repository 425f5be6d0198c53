"""Where partitions end, asked of the brokers themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka import TopicPartition
from kafka.admin import OffsetSpec

from streams.core.model import Partition
from streams.ingest.topics import admin

if TYPE_CHECKING:
    from collections.abc import Collection

    from streams.settings import Settings


def ends(settings: Settings, partitions: Collection[Partition], *, timeout: float = 5.0) -> dict[Partition, int]:
    """The offset the next record of each partition will have; of no partitions: that Kafka answers.

    Raises:
        Unavailable: no broker answers within `timeout` seconds, or a partition has no leader.
    """
    with admin(settings, timeout=timeout) as client:
        if not partitions:
            client.list_topics()
            return {}
        asked = {TopicPartition(partition.topic, partition.number): OffsetSpec.LATEST for partition in partitions}
        told = client.list_partition_offsets(asked, timeout_ms=int(timeout * 1000))
    return {Partition(tp.topic, tp.partition): found.offset for tp, found in told.items()}
