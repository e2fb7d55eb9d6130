"""One client's link to an August lock: the handshake, the session, and the trouble on the way."""

import asyncio
import os

import august_wire as wire
from august_settings import Refused
from august_words import AUTO_LOCK, DOORS, MOVING, SECURE_MODE, UNLATCH, WRONG_KEY, Op, Result, Secure, State, Status
from bumble import att

ACK, ANSWER = 0xAA, 0xBB
CODES = (Op.SET_CODE, Op.CLEAR_CODE, Op.CODE_ACCESS, Op.COMMIT_CODE, Op.GET_CODE)
# What public clients keep apart, less what a clock and a radio may be off.
GAP, MOST_WAITING = 0.24, 256


class Trouble:
    """What is wrong with the lock's side at the moment, as data that changes while it runs."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.quiet = self.lose_acks = self.lose_results = self.lose_pushes = self.drops_on_wrong_key = False
        self.no_settings = self.no_battery = self.fragile = self.mask = False
        self.damage = self.truncate = 0
        self.slow_seconds = 0
        self.steps = []

    def meets(self, step):
        """Whether the link is to break here."""
        for each in self.steps:
            if each["step"] == step:
                each["after"] -= 1
                if each["after"] < 0:
                    self.steps.remove(each)
                    return True
        return False


class AugustLink:
    """Lives as long as the connection does."""

    def __init__(self, connection, face):
        self.connection, self.face, self.lock, self.trouble = connection, face, face.lock, face.trouble
        self.handshake, self.session_key, self.streams = None, None, None
        self.waiting = asyncio.Queue(MOST_WAITING)
        self.broken = False
        self.said_at = None
        self.idle = None
        self.heard()
        self.task = asyncio.get_running_loop().create_task(self._send())

    def heard(self):
        """Something was written: the link is not idle."""
        if self.idle:
            self.idle.cancel()
        self.idle = asyncio.get_running_loop().call_later(self.face.idle_seconds, self.face.drop, self.connection)

    # The handshake.

    def heard_secure(self, value):
        """A write to the security channel."""
        self.heard()
        self.face.count("keyFrames")
        try:
            if self._exchange(value):
                return
            if not self.session_key:
                raise wire.Damaged
            frame = wire.check_secure(wire.Blocks(self.session_key).open(value))
        except wire.Damaged:
            return self._wrong_key()
        if self._breaks(f"key:{frame[0]:02X}"):
            return
        if frame[0] == Secure.INITIALIZE:
            self.streams = wire.Streams(self.session_key)
            self._secure(self.session_key, Secure.INITIALIZED)
        elif frame[0] == Secure.GOODBYE:
            self._secure(self.session_key, Secure.GOODBYE_ANSWER)

    def _exchange(self, value):
        """Whether this begins a handshake with a key of ours; then it is answered."""
        if len(value) != wire.LENGTH or value[17] not in self.face.keys:
            return False
        slot = value[17]
        key = self.face.keys[slot]
        try:
            frame = wire.check_secure(wire.Blocks(key).open(value))
        except wire.Damaged:
            return False
        if frame[0] != Secure.KEY_EXCHANGE:
            return False
        if not self._breaks("key:01"):
            ours = os.urandom(8)
            self.session_key, self.streams = frame[4:12] + ours, None
            self._secure(key, Secure.KEY_ANSWER, ours, slot)
        return True

    def _wrong_key(self):
        self.face.count("wrongKeys")
        if self.trouble.drops_on_wrong_key:
            self.broken = True
            return self.face.drop(self.connection)
        raise att.ATT_Error(WRONG_KEY)

    def _secure(self, key, opcode, payload=b"", slot=0):
        self._queue(self.face.secure_read, lambda: wire.Blocks(key).seal(wire.secure(opcode, payload, slot)))

    # The session.

    def heard_command(self, value):
        """A write to the command channel; what is noise under the session's stream is not answered."""
        self.heard()
        now = asyncio.get_running_loop().time()
        if self.said_at is not None and now - self.said_at < GAP:
            self.face.count("hurried")
            if self.trouble.fragile:
                return self.face.crash()
        try:
            if not self.streams:
                raise wire.Damaged
            frame = wire.check(self.streams.open(value))
        except wire.Damaged:
            return self.face.count("noise")
        self.face.count("commands")
        if not self._breaks(f"in:{frame[1]:02X}"):
            self._carry_out(frame)

    def _carry_out(self, frame):
        opcode, sub = frame[1], frame[4]
        if opcode == Op.STATUS:
            return self._status(sub)
        if opcode != Op.ACTIVITY:
            self._acknowledge(opcode, sub)
        match opcode:
            case Op.LOCK:
                self.lock.drive(State.SECURE if sub == SECURE_MODE else State.LOCKED, lambda result: self.over(opcode, result))
            case Op.UNLOCK:
                self.lock.drive(State.UNLATCHED if sub == UNLATCH else State.UNLOCKED, lambda result: self.over(opcode, result))
            case Op.WRITE_SETTING | Op.READ_SETTING if sub == AUTO_LOCK and not self.trouble.no_settings:
                if opcode == Op.WRITE_SETTING:
                    self.lock.auto_lock.take(frame[8:12])
                    self.lock.plan_relock()
                self.say(opcode, {4: AUTO_LOCK, 8: self.lock.auto_lock.encoded})
            case Op.ACTIVITY:
                self.say(opcode, self.lock.records.pop())
            case _ if opcode in CODES:
                self._code(opcode, frame)

    def _status(self, sub):
        door = DOORS.get(self.lock.door, 0)
        fields = {
            Status.LOCK: {8: self.lock.told}, Status.DOOR: {8: door}, Status.BOTH: {8: self.lock.told, 9: door},
            Status.BATTERY: {8: self.lock.battery.to_bytes(2, "little")},
        }
        if sub in fields and not (sub == Status.BATTERY and self.trouble.no_battery):
            self.say(Op.STATUS, {4: sub} | fields[sub], trailer=2)

    def _code(self, opcode, frame):
        codes = self.lock.codes
        doing = {Op.SET_CODE: codes.begin, Op.CLEAR_CODE: codes.clear, Op.CODE_ACCESS: codes.access, Op.COMMIT_CODE: codes.commit, Op.GET_CODE: codes.get}
        try:
            self.say(opcode, doing[opcode](frame) or {})
        except Refused as refusal:
            self.say(opcode, {15: refusal.code})

    # What goes back.

    def _acknowledge(self, opcode, sub):
        if not self.trouble.lose_acks and not self._breaks(f"ack:{opcode:02X}"):
            self._queue(self.face.command_read, lambda: self.streams.seal(wire.message(ACK, opcode, {4: sub}, 2)))
        self._breaks(f"acked:{opcode:02X}")

    def over(self, opcode, result):
        """The motor has stopped, or was not started."""
        if not self.trouble.lose_results:
            self.say(opcode, {15: result})

    def push(self):
        """Bolt or door changed."""
        if self.streams and not self.trouble.lose_pushes and not (self.lock.state in MOVING and self._breaks("moving")):
            self.say(Op.STATUS, {4: Status.BOTH, 8: self.lock.state, 9: DOORS[self.lock.door]} if self.lock.door in DOORS
                     else {4: Status.LOCK, 8: self.lock.state})

    def say(self, opcode, fields, trailer=0):
        """One message of the session."""
        if not self.broken and not self._breaks(f"result:{opcode:02X}"):
            self._queue(self.face.command_read, lambda: self.streams.seal(wire.message(ANSWER, opcode, fields, trailer)))

    def end(self):
        self.broken = True
        self.idle.cancel()
        self.task.cancel()

    def _breaks(self, step):
        if not self.broken and self.trouble.meets(step):
            self.broken = True
            self.face.drop(self.connection)
        return self.broken

    def _queue(self, characteristic, seal):
        if not self.broken and not self.trouble.quiet and not self.waiting.full():
            self.waiting.put_nowait((characteristic, seal()))

    async def _send(self):
        """Indicates what waits, one after the other, each confirmed before the next."""
        while True:
            characteristic, value = await self.waiting.get()
            if self.trouble.slow_seconds:
                await asyncio.sleep(self.trouble.slow_seconds)
            if self.trouble.damage:
                self.trouble.damage -= 1
                value = bytes([value[0] ^ 0x10]) + value[1:]
            if self.trouble.truncate:
                self.trouble.truncate -= 1
                value = value[:-1]
            if characteristic is self.face.command_read:
                self.said_at = asyncio.get_running_loop().time()
            try:
                await self.face.device.indicate_subscriber(self.connection, characteristic, value)
            except TimeoutError:  # never confirmed: nothing more can be said on this link
                self.face.drop(self.connection)
                return
