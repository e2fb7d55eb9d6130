"""Where the host under test reaches the controller: H4 over TCP, a unix socket or a pty; one client at a time, each with a parser of its own."""

import asyncio
import os
import tty

from bumble.transport.common import PacketParser


class HostPort:
    """Carries packets between one client and the controller; a second client is turned away."""

    def __init__(self, controller):
        self.controller = controller
        self.client = None
        self.refused = 0
        self.clients = 0
        self.closed = False
        self.names = {}
        controller.host = self

    # The controller's sink.

    def on_packet(self, packet):
        if self.client:
            self.client(packet)

    # Ways in.

    async def listen_tcp(self, host, port):
        server = await asyncio.start_server(self._serve, host, port)
        self.names["tcp"] = "%s:%d" % server.sockets[0].getsockname()[:2]

    async def listen_unix(self, path):
        await asyncio.start_unix_server(self._serve, path)
        self.names["unix"] = path

    def open_pty(self, link=None):
        """A pty in raw mode, which shows up as a serial port; nothing tells when its client leaves."""
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        name = os.ttyname(theirs)
        if link:
            os.symlink(name, link)
        parser = PacketParser(self.controller)

        def readable():
            try:
                self._feed(parser, os.read(ours, 4096))
            except (BlockingIOError, OSError):
                pass

        asyncio.get_running_loop().add_reader(ours, readable)
        self.kept = theirs
        self.pty = lambda packet: os.write(ours, packet)
        self.client = self.client or self.pty
        self.names["pty"] = link or name

    def set_closed(self, closed):
        """While closed, whoever connects is turned away, as from a controller that is gone."""
        self.closed = closed

    def drop(self):
        """Closes the client's connection in the middle of whatever it was doing."""
        if self.clients:
            self.writer.transport.abort()

    async def _serve(self, reader, writer):
        if self.clients or self.closed:
            self.refused += 1
            writer.close()
            return
        self.clients, self.writer, self.client = 1, writer, writer.write
        parser = PacketParser(self.controller)
        try:
            while data := await reader.read(4096):
                if not self._feed(parser, data):
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.clients, self.client = 0, getattr(self, "pty", None)
            self.controller.forget_host()
            writer.close()

    def _feed(self, parser, data):
        try:
            parser.feed_data(data)
            return True
        except Exception as error:  # the byte stream lost its place: a UART controller reports it and stops
            self.controller.trace.violation("bytes that are no H4 packet", str(error))
            self.controller.send_raw(bytes([0x04, 0x10, 0x01, 0x42]))
            return False
