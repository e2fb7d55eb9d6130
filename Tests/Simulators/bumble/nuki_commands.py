"""What a Nuki lock answers on each sealed command."""

import struct

from nuki_settings import moment, text
from nuki_words import ACCEPTED, COMPLETE, DOORS, Action, Client, Command, Error, Refusal

FIRMWARE = {3: (3, 9, 5), 5: (5, 4, 6)}
DEVICE_TYPE = {3: 4, 5: 5}
WITH_NONCE = {Command.LOCK_ACTION, Command.SIMPLE_ACTION, Command.REQUEST_CONFIG, Command.REQUEST_ADVANCED_CONFIG}
WITH_PIN = {
    Command.VERIFY_PIN, Command.REQUEST_LOG, Command.SET_ADVANCED_CONFIG, Command.ADD_CODE, Command.REQUEST_CODES, Command.REMOVE_CODE,
    Command.REMOVE_AUTHORIZATION,
}


class Commands:
    """The lock's answers; `read_by_bridge()` is called when a bridge has read the states, `is_pairing()` says which mode it is in."""

    def __init__(self, lock, authority, number, is_pairing, read_by_bridge):
        self.lock, self.authority, self.number = lock, authority, number
        self.is_pairing, self.read_by_bridge = is_pairing, read_by_bridge

    def answers(self, client, command, payload, driver):
        """Pairs of command and payload; a refusal says the error. `driver` is told how a lock action goes on."""
        if command in (Command.LOCK_ACTION, Command.SIMPLE_ACTION):
            self.lock.drives += 1
        if command in WITH_NONCE:
            body = self._with_nonce(client, payload)
        elif command in WITH_PIN:
            body = self._with_pin(client, payload)
        elif command == Command.REQUEST_DATA:
            return self._data(client, payload)
        else:
            raise Refusal(Error.UNKNOWN)
        match command:
            case Command.LOCK_ACTION:
                return self._drive(client, body, driver, (6, 26))
            case Command.SIMPLE_ACTION:
                return self._drive(client, body, driver, (1,))
            case Command.REQUEST_CONFIG:
                return [(Command.CONFIG, self.config)]
            case Command.REQUEST_ADVANCED_CONFIG:
                return [(Command.ADVANCED_CONFIG, self.lock.advanced.encoded)]
            case Command.SET_ADVANCED_CONFIG:
                self.lock.advanced.take(body)
                self.lock.configured()
            case Command.REQUEST_LOG:
                return self._log(body)
            case Command.ADD_CODE:
                number = self.lock.codes.add(body)
                return [(Command.CODE_ID, struct.pack("<H", number) + moment())]
            case Command.REQUEST_CODES:
                return self._codes(body)
            case Command.REMOVE_CODE:
                self.lock.codes.remove(self._number(body, 2))
            case Command.REMOVE_AUTHORIZATION:
                self._has(body, 4)
                self.authority.remove(body)
            case Command.VERIFY_PIN:
                self._has(body, 0)
        return [(Command.STATUS, bytes([COMPLETE]))]

    def _with_nonce(self, client, payload):
        if len(payload) < 32:
            raise Refusal(Error.BAD_LENGTH)
        self.authority.use_nonce(client, payload[-32:])
        return payload[:-32]

    def _with_pin(self, client, payload):
        length = self.authority.pin_length
        if len(payload) < 32 + length:
            raise Refusal(Error.BAD_LENGTH)
        body = self._with_nonce(client, payload[:-length])
        self.authority.check_pin(int.from_bytes(payload[-length:], "little"))
        return body

    @staticmethod
    def _has(body, *lengths):
        if len(body) not in lengths:
            raise Refusal(Error.BAD_LENGTH)

    def _number(self, body, length):
        self._has(body, length)
        return int.from_bytes(body, "little")

    def _data(self, client, payload):
        match self._number(payload, 2):
            case Command.CHALLENGE:
                return [(Command.CHALLENGE, client.challenge())]
            case Command.STATES:
                if client.kind == Client.BRIDGE:
                    self.read_by_bridge()
                return [(Command.STATES, self.states)]
            case Command.BATTERY_REPORT:
                return [(Command.BATTERY_REPORT, self.battery_report)]
            case _:
                raise Refusal(Error.BAD_PARAMETER)

    def _drive(self, client, body, driver, lengths):
        self._has(body, *lengths)
        if body[0] not in list(Action):
            raise Refusal(Error.BAD_PARAMETER)
        self.lock.drive(Action(body[0]), driver, client.identifier, client.name)
        return [(Command.STATUS, bytes([ACCEPTED]))]

    def _log(self, body):
        self._has(body, 8)
        start, count, descending, total = struct.unpack("<IHBB", body)
        log, answers = self.lock.log, []
        if total:
            has_sensor = self.lock.door != "absent"
            answers.append((Command.LOG_COUNT, struct.pack("<BHBB", 1, len(log.entries), has_sensor, has_sensor)))
        answers += [(Command.LOG_ENTRY, entry.encoded(self.lock.generation)) for entry in log.read(start, count, descending)]
        return answers + [(Command.STATUS, bytes([COMPLETE]))]

    def _codes(self, body):
        self._has(body, 4)
        offset, count = struct.unpack("<HH", body)
        codes = self.lock.codes
        return [(Command.CODE_COUNT, struct.pack("<H", len(codes.entries)))] + [(Command.CODE, each) for each in codes.encoded(offset, count)]

    # Layouts.

    @property
    def battery(self):
        is_critical = self.lock.low_voltage or self.lock.battery <= 20
        return self.lock.battery // 2 << 2 | is_critical

    @property
    def states(self):
        lock = self.lock
        run, completion = lock.last
        trigger = lock.running.trigger if lock.running else run.trigger
        states = bytes([1 if self.is_pairing() else 2, lock.state, trigger]) + moment() + struct.pack("<h", 0)
        states += bytes([self.battery, lock.config_count, lock.lock_n_go_left, run.action, run.trigger, completion, DOORS[lock.door], 0, 0])
        return states + (struct.pack("<BbbBBB", 0, -50, 0, 0, 0, 0) if lock.generation >= 5 else b"")

    @property
    def battery_report(self):
        millivolts = 4000 if self.lock.low_voltage else 5200
        action = self.lock.last[0].action
        return struct.pack("<HHBBHHHbHH", 4900, millivolts, self.battery, action, millivolts, millivolts - 200, 720, 21, 420, 350)

    @property
    def config(self):
        lock = self.lock
        config = struct.pack("<I", self.number) + text(lock.name, 32) + struct.pack("<ff", 48.0, 16.0)
        config += bytes([0, 1, 1, 1, 3]) + moment() + struct.pack("<h", 0) + bytes([0, 0, 0, 0, 0, 0, 0, 1])
        config += bytes(FIRMWARE[lock.generation]) + bytes([2, 1]) + b"\0" + struct.pack("<H", 37) + bytes([DEVICE_TYPE[lock.generation], 0])
        return config + (b"\0\1" if lock.generation >= 5 else b"")
