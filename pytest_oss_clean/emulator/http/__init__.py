"""The emulator's HTTP/1.1 server on asyncio and httptools, its control port and `oss-clean serve`.

Start with `server.py`.
"""
