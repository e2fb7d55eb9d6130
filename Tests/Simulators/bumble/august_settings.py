"""What an August lock keeps: its auto-lock, its activity, its keypad's codes."""

import struct
import time

from august_words import BLUETOOTH, DOORS, Activity, Result, Source, State

MOST_RECORDS, MOST_CODES, EMPTY = 100, 250, b"\xff" * 7


class Refused(Exception):
    """A keypad's command is not done; `code` is its result."""

    def __init__(self, code):
        super().__init__(f"0x{code:02X}")
        self.code = code


class AutoLock:
    """Two counts of seconds: while the door was never opened, and after it closed. Both 0: off; the first alone: at once when it closes."""

    def __init__(self):
        self.never_opened = self.door_close = 0

    @property
    def encoded(self):
        return struct.pack("<HH", self.never_opened, self.door_close)

    def take(self, value):
        self.never_opened, self.door_close = struct.unpack("<HH", value)

    def described(self, has_door):
        seconds = self.never_opened or self.door_close
        return {"armed": seconds > 0, "seconds": seconds, "waitsForDoor": has_door}


class Records:
    """The activity, oldest first. Reading a record takes it out."""

    def __init__(self):
        self.waiting, self.head = [], 0

    def _append(self, fields):
        self.head += 1
        self.waiting = self.waiting[1 - MOST_RECORDS :] + [fields]

    def lock(self, source, state):
        remote = BLUETOOTH if source == Source.REMOTE else 0
        self._append({4: Activity.LOCK, 5: source, 6: state, 7: remote, 8: self._now()})

    def door(self, door):
        self._append({4: Activity.DOOR, 5: self._now(), 9: DOORS.get(door, 0)})

    def code(self, slot, state):
        """By a code of the keypad; unlocking has a record of its own, with the slot in two bytes."""
        if state == State.UNLOCKED:
            self._append({4: Activity.KEYPAD_UNLOCK, 5: self._now(), 14: slot.to_bytes(2, "little")})
        else:
            self._append({4: Activity.CODE, 5: self._now(), 10: slot & 0xFF, 12: 0x10 | state})

    def pop(self):
        return self.waiting.pop(0) if self.waiting else {4: Activity.END}

    @staticmethod
    def _now():
        return int(time.time()).to_bytes(4, "little")


class Codes:
    """The keypad's codes by their slots: set, then given its access, then committed to a slot that has to be empty."""

    def __init__(self):
        self.entries, self.begun, self.loses, self.full = {}, None, False, False

    def clear(self, frame):
        self.entries.pop(frame[11] | frame[13] << 8, None)

    def begin(self, frame):
        pin = frame[4:11]
        if pin in self.entries.values():
            raise Refused(Result.EXISTS)
        if self.full or len(self.entries) >= MOST_CODES:
            raise Refused(Result.NO_SPACE)
        self.begun = [pin, False]

    def access(self, frame):
        if not self.begun or frame[12] != 0x80:
            raise Refused(Result.INVALID)
        self.begun[1] = True

    def commit(self, frame):
        pin, slot = frame[4:11], frame[11] | frame[13] << 8
        if self.begun != [pin, True]:
            raise Refused(Result.INVALID)
        if slot in self.entries:
            raise Refused(Result.SLOT_IN_USE)
        self.begun = None
        if not self.loses:
            self.entries[slot] = bytes(pin)

    def get(self, frame):
        slot = bytes(frame[4:6])
        return {4: slot, 6: self.entries.get(int.from_bytes(slot, "little"), EMPTY)}

    @property
    def described(self):
        return [{"slot": slot, "code": pin.hex().rstrip("f")} for slot, pin in sorted(self.entries.items())]
