"""A client of our own for the virtual Nuki lock: every command as bytes, indications joined, nothing tried twice."""

import asyncio
import contextlib
import struct

from bleak import BleakClient

from radio_bench import RadioBench
from bleak_over_bumble import bumble_host
import nuki_wire as wire
from nuki_words import GENERAL, PAIRING, USER_SPECIFIC, Command

SECONDS = 5


class Refused(Exception):
    """The lock answered with an error."""


class NukiClient:
    """One link to one lock."""

    def __init__(self, link, generation, pin):
        self.link, self.generation, self.pin = link, generation, pin
        self.heard = {each: asyncio.Queue() for each in (PAIRING[generation][1], GENERAL, USER_SPECIFIC)}
        self.parts = bytearray()
        self.pieces = []
        self.key = self.identifier = None

    async def subscribe(self, *characteristics):
        for each in characteristics or self.heard:
            await self.link.start_notify(each, lambda _, value, each=each: self._heard(each, bytes(value)))

    def _heard(self, characteristic, value):
        self.pieces.append(len(value))
        if characteristic == GENERAL:
            return self.heard[characteristic].put_nowait(value)
        self.parts += value
        if characteristic == USER_SPECIFIC:
            is_whole = len(self.parts) >= 30 and len(self.parts) == 30 + int.from_bytes(self.parts[28:30], "little")
        else:
            is_whole = wire.crc(bytes(self.parts[:-2])) == self.parts[-2:]
        if is_whole:
            self.heard[characteristic].put_nowait(bytes(self.parts))
            self.parts.clear()

    async def next(self, characteristic=USER_SPECIFIC, seconds=SECONDS):
        async with asyncio.timeout(seconds):
            return await self.heard[characteristic].get()

    # Pairing, up to the 4th generation.

    async def pair(self, name="ours"):
        secret, public = wire.key_pair()
        theirs = await self._plain(Command.REQUEST_DATA, b"\x03\x00")
        self.key = wire.shared_key(secret, theirs)
        nonce = await self._plain(Command.PUBLIC_KEY, public)
        nonce = await self._plain(Command.AUTHENTICATOR, wire.authenticator(self.key, public, theirs, nonce))
        data = b"\0" + struct.pack("<I", 7) + name.encode().ljust(32, b"\0") + bytes(32)
        answer = await self._plain(Command.AUTHORIZATION_DATA, wire.authenticator(self.key, data, nonce) + data)
        assert answer[:32] == wire.authenticator(self.key, answer[32:], bytes(32))
        self.identifier = answer[32:36]
        proof = wire.authenticator(self.key, self.identifier, answer[52:])
        assert await self._plain(Command.CONFIRMATION, proof + self.identifier) == b"\0"

    async def _plain(self, command, payload):
        characteristic = PAIRING[self.generation][1]
        await self.link.write_gatt_char(characteristic, wire.frame(command, payload), response=True)
        return self._payload(*wire.unframe(await self.next(characteristic)))[1]

    # Commands.

    async def send(self, command, payload=b""):
        await self.link.write_gatt_char(USER_SPECIFIC, wire.seal(self.key, self.identifier, command, payload), response=True)

    async def answer(self):
        """Command and payload of the next message."""
        identifier, command, payload = wire.unseal(self.key, await self.next())
        assert identifier == self.identifier
        return self._payload(command, payload)

    async def challenge(self):
        await self.send(Command.REQUEST_DATA, struct.pack("<H", Command.CHALLENGE))
        return (await self.answer())[1]

    async def ask(self, command, body=b"", pin=None):
        """The first message on a command that needs a challenge, and the PIN where one is given."""
        payload = body + await self.challenge()
        if pin is not None:
            payload += pin.to_bytes(4 if self.generation >= 5 else 2, "little")
        await self.send(command, payload)
        return await self.answer()

    async def states(self):
        await self.send(Command.REQUEST_DATA, struct.pack("<H", Command.STATES))
        return (await self.answer())[1]

    async def drive(self, action):
        """The states and the end of a lock action."""
        assert await self.ask(Command.LOCK_ACTION, struct.pack("<BIB", action, 7, 0)) == (Command.STATUS, b"\1")
        seen = []
        while True:
            command, payload = await self.answer()
            if command == Command.STATUS:
                return seen, payload[0]
            seen.append(payload[1])

    @staticmethod
    def _payload(command, payload):
        if command == Command.ERROR:
            raise Refused(payload[0], int.from_bytes(payload[1:], "little"))
        return command, payload


@contextlib.asynccontextmanager
async def linked(bench, generation=3, pin=4711, pairs=True):
    """A client on the bench's lock, which it has paired with."""
    async with bumble_host(bench.ready["tcp"]):
        async with BleakClient(bench.ready["locks"]["front"]["address"], timeout=5) as link:
            client = NukiClient(link, generation, pin)
            await client.subscribe()
            if pairs:
                bench.ask("press", "front")
                await client.pair()
            yield client


def with_lock(body, spec="front:nuki=3:pin=4711:door:motor=30:latch=30", **options):
    """Runs `body(client, bench)` and gives the lock's state afterwards."""
    with RadioBench(spec) as bench:

        async def run():
            async with linked(bench, **options) as client:
                await body(client, bench)

        asyncio.run(asyncio.wait_for(run(), 60))
        assert bench.violations == []
        return bench.ask("state", "front")
