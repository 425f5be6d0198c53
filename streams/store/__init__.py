"""Redis, and in-memory twins proven by the same contract suite."""
