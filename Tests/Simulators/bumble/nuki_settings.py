"""What is set in a Nuki lock, and what it keeps: both configurations, its log, its keypad's codes."""

import dataclasses
import datetime
import struct

from nuki_words import Error, Refusal

MOST_CODES, MOST_ENTRIES = 100, 2000
LOCK_ACTION_ENTRY, KEYPAD_ENTRY, DOOR_ENTRY = 2, 5, 6
# 0035 without its nonce and PIN; 0037 begins with the total angle besides. The 5th generation has two bytes more.
ADVANCED = "<hhhhBBBBBBBHBBBBBBBBBBBB"
NAMES = (
    "unlockedOffset", "lockedOffset", "singleLockedOffset", "transitionOffset", "lockNGoSeconds", "singlePress", "doublePress", "detached",
    "batteryType", "detectsBattery", "unlatchSeconds", "autoLockSeconds", "autoUnlockDisabled", "nightMode", "nightFromHour", "nightFromMinute",
    "nightUntilHour", "nightUntilMinute", "nightAutoLock", "nightNoAutoUnlock", "nightLocks", "autoLock", "immediate", "autoUpdate",
    "motorSpeed", "slowAtNight",
)


def moment(at=None):
    """A time as seven bytes; the lock's clock is UTC."""
    at = at or datetime.datetime.now(datetime.timezone.utc)
    return struct.pack("<HBBBBB", at.year, at.month, at.day, at.hour, at.minute, at.second)


def text(name, length):
    return name.encode()[:length].ljust(length, b"\0")


class AdvancedConfig:
    """Configuration 0037, which 0035 sets; the lock's own auto-lock is in it."""

    def __init__(self, generation):
        self.form = ADVANCED + ("BB" if generation >= 5 else "")
        self.values = dict.fromkeys(NAMES, 0) | {
            "lockedOffset": -360, "singleLockedOffset": -360, "lockNGoSeconds": 20, "singlePress": 1, "doublePress": 5, "detectsBattery": 1,
            "unlatchSeconds": 3, "autoLockSeconds": 30, "nightFromHour": 22, "nightUntilHour": 6, "autoUpdate": 1,
        }

    def __getitem__(self, name):
        return self.values[name]

    @property
    def names(self):
        return NAMES if self.form != ADVANCED else NAMES[:-2]

    @property
    def encoded(self):
        return struct.pack("<H", 900) + struct.pack(self.form, *(self.values[name] for name in self.names))

    def take(self, payload):
        """Sets what 0035 carries."""
        if len(payload) != struct.calcsize(self.form):
            raise Refusal(Error.BAD_LENGTH)
        self.values.update(zip(self.names, struct.unpack(self.form, payload)))


@dataclasses.dataclass
class LogEntry:
    index: int
    at: bytes
    identifier: bytes
    name: str
    kind: int
    data: bytes

    def encoded(self, generation):
        """A log entry 0032; up to the 4th generation its data is filled up with zeros."""
        data = self.data if generation >= 5 else self.data.ljust(5, b"\0")
        return struct.pack("<I", self.index) + self.at + self.identifier + text(self.name, 32) + bytes([self.kind]) + data


class Log:
    """The newest entries, numbered from 1."""

    def __init__(self):
        self.head, self.entries, self.is_kept = 0, [], True

    def append(self, kind, data, identifier=b"\0\0\0\0", name=""):
        if not self.is_kept:
            return
        self.head += 1
        self.entries = self.entries[1 - MOST_ENTRIES :] + [LogEntry(self.head, moment(), identifier, name, kind, data)]

    def read(self, start, count, descending):
        """From entry `start` on, or from the end where it is 0."""
        entries = self.entries[::-1] if descending else self.entries
        there = [each for each in entries if not start or (each.index <= start if descending else each.index >= start)]
        return there[:count]


class Codes:
    """The keypad's codes by their ids, as the lock gives them out."""

    def __init__(self):
        self.entries, self.last, self.loses = {}, 0, False

    def add(self, payload):
        """Takes 0041 without its nonce and PIN; gives the code's id."""
        if len(payload) != 4 + 20 + 1 + 19:
            raise Refusal(Error.BAD_LENGTH)
        code, name, limits = str(int.from_bytes(payload[:4], "little")), payload[4:24], payload[24:]
        if len(code) != 6 or "0" in code or code.startswith("12"):
            raise Refusal(Error.BAD_PARAMETER)
        if any(known == code for known, _, _, _ in self.entries.values()):
            raise Refusal(Error.CODE_EXISTS)
        if len(self.entries) >= MOST_CODES:
            raise Refusal(Error.FULL)
        self.last += 1
        if not self.loses:
            self.entries[self.last] = (code, name, limits, moment())
        return self.last

    def remove(self, number):
        if not self.entries.pop(number, None):
            raise Refusal(Error.BAD_PARAMETER)

    def encoded(self, offset, count):
        """Entries 0045."""
        for number, (code, name, limits, created) in list(self.entries.items())[offset : offset + count]:
            yield struct.pack("<HI", number, int(code)) + name + b"\x01" + created + bytes(7) + struct.pack("<H", 0) + limits

    @property
    def described(self):
        return [{"slot": number, "code": entry[0]} for number, entry in self.entries.items()]
