"""One client's link to a Nuki lock: what it writes, what goes back in order, and the trouble on the way."""

import asyncio

import nuki_wire as wire
from nuki_pairing import Pairing
from nuki_words import COMPLETE, Command, Error, Refusal

SMALLEST_PIECE, MOST_WAITING = 20, 4096


class Trouble:
    """What is wrong with the lock's side at the moment, as data that changes while it runs."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.quiet = self.foreign = self.lose_complete = self.split = self.plain_errors = False
        self.refuse = None
        self.steps = []

    def meets(self, direction, command):
        """Whether the link is to break here: `in` before a command is carried out, `acted` after it and before the answer, `out` in its place."""
        step = f"{direction}:{command:04X}"
        for each in self.steps:
            if each["step"] == step:
                each["after"] -= 1
                if each["after"] < 0:
                    self.steps.remove(each)
                    return True
        return False


class NukiLink:
    """Lives as long as the connection does."""

    def __init__(self, connection, face):
        self.connection, self.face, self.trouble = connection, face, face.trouble
        self.pairing = Pairing(
            face.authority, face.lock.generation, lambda: face.is_pairing, face.paired, lambda: self.trouble.plain_errors)
        self.waiting = asyncio.Queue(MOST_WAITING)
        self.broken = False
        self.task = asyncio.get_running_loop().create_task(self._send())

    # What arrives.

    def heard_pairing(self, value):
        """A write to the pairing characteristic."""
        step = self.pairing.expected
        if self._breaks("in", step):
            return
        answer = self.pairing.answer(value)
        if not self._breaks("acted", step):
            self._queue(self.face.pairing, answer)

    def heard_sealed(self, value):
        """A write to the characteristic where everything is sealed; what no key opens is answered in plain on the other one."""
        if self.broken:
            return
        try:
            client = self.face.authority.named(wire.addressee(value))
            inner, command, payload = wire.unseal(client.key, value)
            if inner != client.identifier:
                raise Refusal(Error.NOT_AUTHORIZED)
        except Refusal as refusal:
            self._queue(self.face.general, wire.frame(Command.ERROR, bytes([refusal.code, 0, 0])))
            return
        if self._breaks("in", command):
            return
        try:
            answers = self._carry_out(client, command, payload)
        except Refusal as refusal:
            answers = [(Command.ERROR, bytes([refusal.code]) + command.to_bytes(2, "little"))]
        if not self._breaks("acted", command):
            for each, payload in answers:
                self.say(client, each, payload)

    def _carry_out(self, client, command, payload):
        if self.trouble.refuse is not None and command != Command.REQUEST_DATA:
            if command in (Command.LOCK_ACTION, Command.SIMPLE_ACTION):
                self.face.lock.drives += 1
            raise Refusal(self.trouble.refuse)
        return self.face.commands.answers(client, command, payload, (self, client))

    # What goes back.

    def say(self, client, command, payload):
        """Seals one message for a client."""
        if self.broken or self._breaks("out", command):
            return
        other = bytes(each ^ 0xFF for each in client.identifier)
        identifier = other if self.trouble.foreign else client.identifier
        self._queue(self.face.user_specific, wire.seal(client.key, identifier, command, payload))

    def over(self, client, error):
        """Tells a client how its lock action ended."""
        if error:
            self.say(client, Command.ERROR, bytes([error]) + Command.LOCK_ACTION.to_bytes(2, "little"))
        elif not self.trouble.lose_complete:
            self.say(client, Command.STATUS, bytes([COMPLETE]))

    def end(self):
        self.broken = True
        self.task.cancel()

    def _breaks(self, direction, command):
        if not self.broken and self.trouble.meets(direction, command):
            self.broken = True
            self.face.drop(self.connection)
        return self.broken

    def _queue(self, characteristic, value):
        if not self.trouble.quiet and not self.waiting.full():
            self.waiting.put_nowait((characteristic, value))

    async def _send(self):
        """Indicates what waits, one piece after the other, each confirmed before the next."""
        while True:
            characteristic, value = await self.waiting.get()
            length = self.connection.att_mtu - 3
            length = min(length, SMALLEST_PIECE) if self.trouble.split else length
            for start in range(0, len(value), length):
                try:
                    await self.face.device.indicate_subscriber(self.connection, characteristic, value[start : start + length])
                except TimeoutError:  # never confirmed: nothing more can be said on this link
                    self.face.drop(self.connection)
                    return
