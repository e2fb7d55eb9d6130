"""One end of a Serial API line: frames, acknowledgements, repetitions, and the trouble a test asks for (INS12350, 5.4 and 6)."""

import asyncio
import collections

SOF, ACK, NAK, CAN = 0x01, 0x06, 0x15, 0x18
REQUEST, RESPONSE = 0, 1


def checksum(body):
    value = 0xFF
    for byte in body:
        value ^= byte
    return value


def encode(kind, function, payload):
    body = bytes([len(payload) + 3, kind, function]) + bytes(payload)
    return bytes([SOF]) + body + bytes([checksum(body)])


class SerialLine:
    """The controller's end. `on_frame(kind, function, payload)` is called for every whole frame, after it was acknowledged."""

    TRIES = 4

    def __init__(self, write, on_frame, on_trace=lambda direction, data: None, pace=1.0):
        self.write_bytes, self.on_frame, self.on_trace = write, on_frame, on_trace
        self.acknowledgement = 1.6 * pace
        self.buffer = bytearray()
        self.outgoing = asyncio.Queue()
        self.answer = None
        # What goes wrong, how many times: set by control lines.
        self.faults = collections.Counter()
        self.muted = False
        self.counts = collections.Counter()
        self.sender = asyncio.get_running_loop().create_task(self._send_all())

    def close(self):
        self.sender.cancel()

    def _write(self, data):
        if not self.muted:
            self.on_trace("out", data)
            self.write_bytes(data)

    def _fault(self, name):
        if self.faults[name] > 0:
            self.faults[name] -= 1
            self.counts[name] += 1
            return True
        return False

    # What goes out.

    def send(self, kind, function, payload=b""):
        self.outgoing.put_nowait(encode(kind, function, payload))

    async def _send_all(self):
        while True:
            frame = await self.outgoing.get()
            for again in range(self.TRIES):
                if again:
                    self.counts["repeated"] += 1
                    await asyncio.sleep(self.acknowledgement / 16 * (1 + 10 * (again - 1)))
                self.answer = asyncio.get_running_loop().create_future()
                damaged = bytearray(frame)
                if self._fault("badChecksum"):
                    damaged[-1] ^= 0x55
                self._write(bytes(damaged))
                try:
                    if await asyncio.wait_for(self.answer, self.acknowledgement) == ACK:
                        break
                except asyncio.TimeoutError:
                    pass
                finally:
                    self.answer = None
            else:
                self.counts["undelivered"] += 1

    # What comes in.

    def feed(self, data):
        self.on_trace("in", data)
        self.buffer += data
        while self.buffer:
            first = self.buffer[0]
            if first != SOF:
                del self.buffer[0]
                self._symbol(first)
                continue
            if len(self.buffer) < 2 or len(self.buffer) < self.buffer[1] + 2:
                return
            end = self.buffer[1] + 2
            frame, self.buffer = bytes(self.buffer[:end]), self.buffer[end:]
            self._frame(frame)

    def _symbol(self, byte):
        if byte not in (ACK, NAK, CAN):
            self.counts["noise"] += 1
            return
        self.counts[{ACK: "acks", NAK: "naks", CAN: "cans"}[byte]] += 1
        if byte == ACK and self._fault("loseAck"):
            return
        if self.answer and not self.answer.done():
            self.answer.set_result(byte)

    def _frame(self, frame):
        body = frame[1:-1]
        if self.muted:
            return
        if len(body) < 3 or checksum(body) != frame[-1]:
            self.counts["damaged"] += 1
            return self._write(bytes([NAK]))
        if self._fault("nak"):
            return self._write(bytes([NAK]))
        if self._fault("can"):
            return self._write(bytes([CAN]))
        if not self._fault("noAck"):
            self._write(bytes([ACK]))
        self.counts["frames"] += 1
        self.on_frame(body[1], body[2], body[3:])
