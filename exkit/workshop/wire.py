"""The line between page and kernel, without the wait that TCP puts between two small messages.

Tornado leaves Nagle's algorithm on: each answer then waits 40 ms for the browser to confirm the kernel's "busy".
"""

from __future__ import annotations

import asyncio

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class Undelayed(ZMQChannelsWebsocketConnection):
    """A kernel's line to the page on which small messages go out at once."""

    def connect(self) -> asyncio.Future[None] | None:  # type: ignore[override]
        """Open the line."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
