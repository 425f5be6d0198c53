"""Faust wiring only: the agents, their dead letters and the batched transport. Nothing here decides anything."""
