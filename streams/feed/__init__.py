"""The live feed: rendering is pure (sse, syndication, page), serving is not (server)."""
