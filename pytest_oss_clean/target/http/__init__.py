"""The HTTP client of the suite; the only place that imports httpx and httpcore. Start with `client.py`."""
