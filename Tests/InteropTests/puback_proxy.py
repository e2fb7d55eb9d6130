"""Stands between the bus process and its broker, and can hold back the broker's acknowledgements: then an accepted command stays accepted."""

import socket
import threading


class PubackProxy:
    def __init__(self, broker_port: int):
        self.broker_port = broker_port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.is_holding = threading.Event()
        self.links: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self):
        self.is_holding.set()

    def let_go(self):
        """From now on acknowledgements pass; those held back are lost, as with a broker that died."""
        self.is_holding.clear()

    def close(self):
        self.listener.close()
        for link in self.links:
            link.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                broker = socket.create_connection(("127.0.0.1", self.broker_port))
            except OSError:
                client.close()
                continue
            for link in (client, broker):
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.links += [client, broker]
            threading.Thread(target=self._pass_bytes, args=(client, broker), daemon=True).start()
            threading.Thread(target=self._pass_packets, args=(broker, client), daemon=True).start()

    @staticmethod
    def _end(*links: socket.socket):
        for link in links:
            try:
                link.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _pass_bytes(self, source: socket.socket, sink: socket.socket):
        try:
            while data := source.recv(65_536):
                sink.sendall(data)
        except OSError:
            pass
        self._end(source, sink)

    def _pass_packets(self, source: socket.socket, sink: socket.socket):
        """One MQTT packet at a time (MQTT 5, section 2.1): a PUBACK is dropped while holding."""
        buffer = bytearray()
        try:
            while data := source.recv(65_536):
                buffer += data
                while (length := self._packet_length(buffer)) is not None and len(buffer) >= length:
                    packet, buffer = bytes(buffer[:length]), buffer[length:]
                    if packet[0] >> 4 == 4 and self.is_holding.is_set():
                        continue
                    sink.sendall(packet)
        except OSError:
            pass
        self._end(source, sink)

    @staticmethod
    def _packet_length(buffer: bytearray) -> int | None:
        length, shift = 0, 0
        for index in range(1, 5):
            if len(buffer) <= index:
                return None
            length |= (buffer[index] & 0x7F) << shift
            shift += 7
            if not buffer[index] & 0x80:
                return index + 1 + length
        raise ValueError("not MQTT")
