"""Wires in: one file a source kind, and the Kafka side of it (kafka-python)."""
