"""Incidents: which reports tell of one sitting (`joining`), and what they amount to (`life`). Pure functions of sets."""
