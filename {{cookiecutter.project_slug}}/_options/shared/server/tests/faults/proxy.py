"""A way to the database that can be cut."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from typing import Any

Connect = Callable[[], Awaitable[tuple[StreamReader, StreamWriter]]]
"""Connects to where the proxy leads."""


class Proxy:
    """Passes bytes on between clients and a server, until it is told not to."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._open = asyncio.Event()
        self._open.set()
        self._refuses = False
        self._writers: set[StreamWriter] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.messages = 0
        """How often a client wrote to the server: its round trips, if it waits for answers."""

    async def restore(self) -> None:
        """Pass everything on, new connections as well."""
        self._open.set()
        self._refuses = False
        if self._server is None:
            self._server = await asyncio.start_server(
                self._serve,
                "127.0.0.1",
                self.port,
            )
            self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Break all connections and take no new ones, as if the server had stopped."""
        self._refuses = True
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._writers:
            writer.transport.abort()

    async def freeze(self) -> None:
        """Take connections and bytes, and pass nothing on."""
        self._open.clear()

    async def close(self) -> None:
        """Break all connections, and wait until nothing is left of them."""
        await self.refuse()
        self._open.set()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await asyncio.sleep(0.1)  # clients hear of it, and close their ends

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        self._writers.add(writer)
        with closing(writer), suppress(OSError):
            await self._open.wait()
            if self._refuses:  # it was accepted before, and its turn came after
                return
            server_reader, server_writer = await self._connect()
            self._writers.add(server_writer)
            with closing(server_writer):
                if writer.transport.is_closing():
                    return
                await asyncio.gather(
                    self._pass_on(reader, server_writer, count=1),
                    self._pass_on(server_reader, writer, count=0),
                )

    async def _pass_on(
        self,
        reader: StreamReader,
        writer: StreamWriter,
        *,
        count: int,
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                self.messages += count
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def open_proxy(connect: Connect) -> AsyncIterator[Proxy]:
    """Open a proxy on a free port of this machine, and close it on leaving."""
    proxy = Proxy(connect)
    await proxy.restore()
    try:
        yield proxy
    finally:
        await proxy.close()
