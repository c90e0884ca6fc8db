"""A server at a distance: bytes pass at once on their way there, and late on their way back."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager


async def _pass_on(reader, writer, delay):
    loop = asyncio.get_running_loop()
    while data := await reader.read(1 << 16):
        if delay:
            loop.call_later(delay, writer.write, data)
        else:
            writer.write(data)
    loop.call_later(delay, writer.close)


@contextmanager
def at_distance(host, port, delay):
    """Yield the port of 127.0.0.1 at which a server answers `delay` seconds later than it does."""

    async def meet(reader, writer):
        there, back = await asyncio.open_connection(host, port)
        ways = (_pass_on(reader, back, 0), _pass_on(there, writer, delay))
        await asyncio.gather(*ways, return_exceptions=True)

    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(asyncio.start_server(meet, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, name="distance")
    thread.start()
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        listening.close()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
