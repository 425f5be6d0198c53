"""wirewatch: reads news wires from Kafka and keeps one alert per story or UN sitting up to date in Redis."""

__version__ = "0.1.0"
