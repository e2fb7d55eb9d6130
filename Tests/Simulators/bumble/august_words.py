"""August's and Yale's numbers over Bluetooth, as public clients and captures have them."""

import enum

SERVICE = "FE24"
PATTERN = "bd4ac6{}-0b45-11e3-8ffd-0800200c9a66"
COMMAND_WRITE, COMMAND_READ, SECURE_WRITE, SECURE_READ = (PATTERN.format(each) for each in ("11", "12", "13", "14"))
YALE, APPLE = 465, 76
WRONG_KEY = 0x0E


class Secure(enum.IntEnum):
    """Opcodes of the handshake; what answers each."""

    KEY_EXCHANGE = 0x01
    KEY_ANSWER = 0x02
    INITIALIZE = 0x03
    INITIALIZED = 0x04
    GOODBYE = 0x05
    GOODBYE_ANSWER = 0x8B


class Op(enum.IntEnum):
    STATUS = 0x02
    WRITE_SETTING = 0x03
    READ_SETTING = 0x04
    UNLOCK = 0x0A
    LOCK = 0x0B
    SET_CODE = 0x27
    CLEAR_CODE = 0x28
    CODE_ACCESS = 0x2B
    COMMIT_CODE = 0x2C
    ACTIVITY = 0x2D
    GET_CODE = 0x39


class Status(enum.IntEnum):
    """What is asked with `Op.STATUS`."""

    LOCK = 0x02
    BATTERY = 0x0F
    DOOR = 0x2E
    BOTH = 0x2F


AUTO_LOCK, UNLATCH, SECURE_MODE = 0x28, 0x0A, 0x04


class State(enum.IntEnum):
    UNKNOWN = 0x00
    CALIBRATING = 0x01
    UNLOCKING = 0x02
    UNLOCKED = 0x03
    LOCKING = 0x04
    LOCKED = 0x05
    JAMMED = 0x07
    UNLATCHING = 0x09
    UNLATCHED = 0x0A
    SECURE = 0x0C


class Result(enum.IntEnum):
    OK = 0x00
    EXISTS = 0x06
    NO_SPACE = 0x07
    BLOCKED = 0x1F
    LOW_BATTERY = 0x32
    INVALID = 0x37
    NOT_AUTHORIZED = 0x38
    UNINITIALIZED = 0x3D
    BUSY = 0x3E
    SLOT_IN_USE = 0x45


class Activity(enum.IntEnum):
    LOCK = 0x00
    KEYPAD_UNLOCK = 0x07
    CODE = 0x0E
    DOOR = 0x20
    END = 0x80


class Source(enum.IntEnum):
    REMOTE = 0x00
    MANUAL = 0x01
    AUTO_LOCK = 0x05
    CODE = 0x0B


BLUETOOTH = 0x03
DOORS = {"closed": 1, "ajar": 2, "open": 3, "unknown": 4}
MOVING = (State.UNLOCKING, State.LOCKING, State.UNLATCHING)
BOLTS = {
    State.UNLOCKED: "unlocked", State.LOCKED: "locked", State.SECURE: "locked", State.UNLATCHED: "unlatched", State.JAMMED: "notFullyLocked",
    **dict.fromkeys(MOVING, "moving"),
}
