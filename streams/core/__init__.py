"""The pure core: no I/O, no clock, no logging. Everything that decides is here; everything that acts is outside."""
