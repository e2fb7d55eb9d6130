"""Nuki's numbers: commands, errors, states and what moves the bolt (Smart Lock API V2.1; the 5th generation as public clients have it)."""

import enum

PATTERN = "a92e{}-5501-11e4-916c-0800200c9a66"
KEYTURNER_SERVICE, GENERAL, USER_SPECIFIC = (PATTERN.format(each) for each in ("e200", "e201", "e202"))
# Pairing service and its characteristic, for each generation.
PAIRING = {3: (PATTERN.format("e100"), PATTERN.format("e101")), 5: (PATTERN.format("e300"), PATTERN.format("e301"))}


class Command(enum.IntEnum):
    REQUEST_DATA = 0x01
    PUBLIC_KEY = 0x03
    CHALLENGE = 0x04
    AUTHENTICATOR = 0x05
    AUTHORIZATION_DATA = 0x06
    AUTHORIZATION_ID = 0x07
    REMOVE_AUTHORIZATION = 0x08
    STATES = 0x0C
    LOCK_ACTION = 0x0D
    STATUS = 0x0E
    BATTERY_REPORT = 0x11
    ERROR = 0x12
    REQUEST_CONFIG = 0x14
    CONFIG = 0x15
    CONFIRMATION = 0x1E
    VERIFY_PIN = 0x20
    REQUEST_LOG = 0x31
    LOG_ENTRY = 0x32
    LOG_COUNT = 0x33
    SET_ADVANCED_CONFIG = 0x35
    REQUEST_ADVANCED_CONFIG = 0x36
    ADVANCED_CONFIG = 0x37
    ADD_CODE = 0x41
    CODE_ID = 0x42
    REQUEST_CODES = 0x43
    CODE_COUNT = 0x44
    CODE = 0x45
    REMOVE_CODE = 0x47
    AUTHORIZATION_INFO = 0x4C
    SIMPLE_ACTION = 0x0100


class Error(enum.IntEnum):
    NOT_PAIRING = 0x10
    BAD_AUTHENTICATOR = 0x11
    PAIRING_PARAMETER = 0x12
    USERS_FULL = 0x13
    NOT_AUTHORIZED = 0x20
    BAD_PIN = 0x21
    BAD_NONCE = 0x22
    BAD_PARAMETER = 0x23
    NO_SUCH_AUTHORIZATION = 0x24
    DISABLED = 0x25
    TOO_MANY_PINS = 0x28
    FULL = 0x29
    CODE_EXISTS = 0x2A
    MOTOR_BLOCKED = 0x42
    BUSY = 0x45
    LOW_VOLTAGE = 0x49
    BAD_CRC = 0xFD
    BAD_LENGTH = 0xFE
    UNKNOWN = 0xFF


class State(enum.IntEnum):
    LOCKED = 1
    UNLOCKING = 2
    UNLOCKED = 3
    LOCKING = 4
    UNLATCHED = 5
    LOCK_N_GO = 6
    UNLATCHING = 7
    BLOCKED = 0xFE
    UNDEFINED = 0xFF


class Action(enum.IntEnum):
    UNLOCK = 1
    LOCK = 2
    UNLATCH = 3
    LOCK_N_GO = 4
    LOCK_N_GO_UNLATCH = 5
    FULL_LOCK = 6


class Trigger(enum.IntEnum):
    SYSTEM = 0
    MANUAL = 1
    BUTTON = 2
    AUTOMATIC = 3
    AUTO_LOCK = 6


class Completion(enum.IntEnum):
    SUCCESS = 0
    BLOCKED = 1
    LOW_VOLTAGE = 5


class Client(enum.IntEnum):
    APP = 0
    BRIDGE = 1


COMPLETE, ACCEPTED = 0, 1
BOLTS = {
    State.LOCKED: "locked", State.UNLOCKED: "unlocked", State.LOCK_N_GO: "unlocked", State.UNLATCHED: "unlatched",
    State.UNLOCKING: "moving", State.LOCKING: "moving", State.UNLATCHING: "moving", State.BLOCKED: "notFullyLocked",
}
DOORS = {"absent": 0, "closed": 2, "open": 3, "unknown": 4}


class Refusal(Exception):
    """The lock does not do it; `code` is the error it answers."""

    def __init__(self, code):
        super().__init__(f"0x{code:02X}")
        self.code = code
