"""A door lock as a Z-Wave node: its command classes, its motor, its codes, and Security 0 around what opens a door."""

import asyncio
import collections
import os

import s0

# Classes as the node tells them in the clear, and those it has behind security.
BASIC, VERSION, MANUFACTURER, PLUS, POWERLEVEL, SECURITY0 = 0x20, 0x86, 0x72, 0x5E, 0x73, 0x98
DOOR_LOCK, USER_CODE, BATTERY, NOTIFICATION, ASSOCIATION = 0x62, 0x63, 0x80, 0x71, 0x85

VERSIONS = {
    BASIC: 1, VERSION: 2, MANUFACTURER: 1, PLUS: 2, POWERLEVEL: 1, SECURITY0: 1, DOOR_LOCK: 2, USER_CODE: 1, BATTERY: 1, NOTIFICATION: 4, ASSOCIATION: 1,
}
CLEAR = [VERSION, MANUFACTURER, SECURITY0, POWERLEVEL]
SECURE = [DOOR_LOCK, USER_CODE, BATTERY, NOTIFICATION, ASSOCIATION]
SECURED, UNSECURED, UNKNOWN = 0xFF, 0x00, 0xFE
MODES = {"locked": SECURED, "unlocked": UNSECURED, "moving": UNKNOWN, "notFullyLocked": UNKNOWN, "unknown": UNKNOWN}
# Access Control events.
MANUAL_LOCK, MANUAL_UNLOCK, RF_LOCK, RF_UNLOCK, KEYPAD_LOCK, KEYPAD_UNLOCK, JAMMED = 1, 2, 3, 4, 5, 6, 0x0B


class LockNode:
    """One lock. `transmit(command)` has the network carry a frame to the controller."""

    LISTENING, SECURITY = 0x53, 0xDC  # beamed for a second, routing, secure
    CLASSES = (0x04, 0x40, 0x03)  # routing end node, entry control, secure keypad door lock
    USERS = 20

    def __init__(self, lock, transmit, supports_s0=True, nonce_seconds=10.0):
        self.lock, self.transmit = lock, transmit
        self.supports_s0, self.nonce_seconds = supports_s0, nonce_seconds
        self.codes = {}
        self.association = []
        self.counts = collections.Counter()
        self.refusals = []
        self.quiet = self.out_of_reach = False
        self.last_bolt = lock.bolt
        self.moved_by = None
        lock.changed = self.changed
        self.forget()

    def forget(self):
        """Factory new."""
        self.node, self.controller = 0, 1
        self.key = None
        self.including = False
        self.nonces = s0.Nonces(self.nonce_seconds)
        self.nonce_report = None
        self.parts = {}
        self.sealing = asyncio.Lock()

    @property
    def information(self):
        return bytes(self.CLASSES) + bytes(CLEAR if self.supports_s0 else [c for c in CLEAR if c != SECURITY0] + SECURE)

    @property
    def described(self):
        return self.lock.described | {
            "node": self.node, "secure": "s0" if self.key else "none", "codes": {str(slot): code for slot, code in self.codes.items()},
            "counts": dict(self.counts), "refusals": self.refusals[-20:],
        }

    # What comes over the air.

    async def take(self, frame):
        if frame and frame[0] == SECURITY0 and self.supports_s0:
            return await self.take_security(frame)
        answer = self.obey(frame, secure=not self.supports_s0)
        if answer:
            await self.transmit(answer)

    def obey(self, frame, secure):
        """The answer to one command, None where there is none."""
        if len(frame) < 2:
            return None
        command_class, command, rest = frame[0], frame[1], frame[2:]
        if command_class in SECURE and not secure:
            self.refusals.append(f"{command_class:02x}{command:02x} in the clear")
            return None
        self.counts[f"{command_class:02x}{command:02x}"] += 1
        handler = {
            VERSION: self.version, MANUFACTURER: self.manufacturer, PLUS: self.plus, POWERLEVEL: self.powerlevel, DOOR_LOCK: self.door_lock,
            USER_CODE: self.user_code, BATTERY: self.tell_battery, NOTIFICATION: self.notification, ASSOCIATION: self.associate,
        }.get(command_class)
        return handler(command, rest) if handler else None

    # Command classes.

    def version(self, command, rest):
        if command == 0x11:
            return bytes([VERSION, 0x12, 0x06, 4, 5, 1, 0, 1, 0])
        if command == 0x13 and rest:
            return bytes([VERSION, 0x14, rest[0], VERSIONS.get(rest[0], 0)])

    def manufacturer(self, command, rest):
        if command == 0x04:
            return bytes([MANUFACTURER, 0x05, 0x04, 0x7F, 0x00, 0x01, 0x00, 0x01])

    def plus(self, command, rest):
        if command == 0x01:
            return bytes([PLUS, 0x02, 2, 0x05, 0x00, 0x03, 0x00, 0x03, 0x00])

    def powerlevel(self, command, rest):
        if command == 0x02:
            return bytes([POWERLEVEL, 0x03, 0, 0])

    def door_lock(self, command, rest):
        if command == 0x01 and rest:
            action = {SECURED: "lock", UNSECURED: "unlock"}.get(rest[0])
            if action:
                self.moved_by = "rf"
                self.lock.drive(action, 0)
        elif command == 0x02:
            return self.operation_report
        elif command == 0x05:
            return bytes([DOOR_LOCK, 0x06, 1, 0, 0xFE, 0xFE])

    @property
    def operation_report(self):
        door = 0 if self.lock.door == "open" else 1
        bolt = 0 if self.lock.bolt == "locked" else 2
        return bytes([DOOR_LOCK, 0x03, MODES[self.lock.bolt], 0, door | bolt, 0xFE, 0xFE])

    def user_code(self, command, rest):
        if command == 0x04:
            return bytes([USER_CODE, 0x05, self.USERS])
        if command == 0x02 and rest:
            code = self.codes.get(rest[0])
            return bytes([USER_CODE, 0x03, rest[0], 1 if code else 0]) + (code.encode() if code else b"0000")
        if command == 0x01 and len(rest) >= 2 and 1 <= rest[0] <= self.USERS:
            if rest[1] == 0:
                self.codes.pop(rest[0], None)
            else:
                self.codes[rest[0]] = rest[2:].decode("ascii", "replace")

    def tell_battery(self, command, rest):
        if command == 0x02:
            return bytes([BATTERY, 0x03, 0xFF if self.lock.battery <= 5 else self.lock.battery])

    def notification(self, command, rest):
        if command == 0x07:
            return bytes([NOTIFICATION, 0x08, 1, 0x40])
        if command == 0x01 and rest:
            # Of Access Control the events 1 to 6 and 11.
            return bytes([NOTIFICATION, 0x02, rest[0], 2, 0x7E, 0x08]) if rest[0] == 6 else bytes([NOTIFICATION, 0x02, rest[0], 0])
        if command == 0x04 and len(rest) >= 2:
            return self.notice(JAMMED if self.lock.jammed else 0)

    @staticmethod
    def notice(event):
        return bytes([NOTIFICATION, 0x05, 0, 0, 0, 0xFF, 6, event, 0])

    def associate(self, command, rest):
        if command == 0x05:
            return bytes([ASSOCIATION, 0x06, 1])
        if command == 0x01 and len(rest) >= 2:
            self.association = list(rest[1:])
        if command == 0x02 and rest:
            return bytes([ASSOCIATION, 0x03, rest[0], 5, 0]) + bytes(self.association)

    # What it tells by itself.

    def changed(self):
        bolt = self.lock.bolt
        if bolt == "moving" or (bolt == self.last_bolt and not self.lock.jammed):
            return
        self.last_bolt = bolt
        by_rf, self.moved_by = self.moved_by == "rf", None
        events = {"locked": RF_LOCK if by_rf else MANUAL_LOCK, "unlocked": RF_UNLOCK if by_rf else MANUAL_UNLOCK}
        event = JAMMED if self.lock.jammed else events.get(bolt, JAMMED)
        if self.node and not self.quiet:
            asyncio.get_running_loop().create_task(self.announce(self.notice(event), self.operation_report))

    async def announce(self, *commands):
        for command in commands:
            if self.key:
                await self.send_secure(command)
            elif not self.supports_s0:
                await self.transmit(command)

    # Security 0.

    @property
    def keys(self):
        return s0.Keys(self.key or s0.ZERO_KEY)

    async def take_security(self, frame):
        command, rest = frame[1] if len(frame) > 1 else 0, frame[2:]
        self.counts[f"98{command:02x}"] += 1
        if command == s0.NONCE_GET:
            await self.transmit(bytes([SECURITY0, s0.NONCE_REPORT]) + self.nonces.make())
        elif command == s0.NONCE_REPORT and len(rest) == 8:
            if self.nonce_report and not self.nonce_report.done():
                self.nonce_report.set_result(bytes(rest))
        elif command in (s0.ENCAPSULATED, s0.ENCAPSULATED_NONCE_GET):
            await self.take_sealed(frame)
        elif command == 0x04 and self.including:
            await self.transmit(bytes([SECURITY0, 0x05, 0x00]))
        else:
            self.refusals.append(f"98{command:02x} in the clear")

    async def take_sealed(self, frame):
        try:
            sequence, plain = s0.unseal(self.keys, frame, self.controller, self.node, self.nonces)
        except s0.Refused as refusal:
            self.refusals.append(str(refusal))
            return
        if frame[1] == s0.ENCAPSULATED_NONCE_GET:
            await self.transmit(bytes([SECURITY0, s0.NONCE_REPORT]) + self.nonces.make())
        if sequence & 0x10:
            if not sequence & 0x20:
                self.parts[sequence & 0x0F] = plain
                return
            plain = self.parts.pop(sequence & 0x0F, b"") + plain
        await self.take_secure(plain)

    async def take_secure(self, plain):
        if plain[:2] == bytes([SECURITY0, 0x06]) and len(plain) == 18 and self.including:
            self.key, self.including = bytes(plain[2:]), False
            await self.send_secure(bytes([SECURITY0, 0x07]))
        elif plain[:2] == bytes([SECURITY0, 0x02]) and self.key:
            await self.send_secure(bytes([SECURITY0, 0x03, 0]) + bytes(SECURE))
        elif self.key:
            answer = self.obey(plain, secure=True)
            if answer:
                await self.send_secure(answer)

    async def send_secure(self, plain):
        """Asks for a nonce and sends one sealed frame, in two parts where it is long."""
        async with self.sealing:
            pieces = [(0, plain)] if len(plain) <= 26 else [(0x10, plain[:26]), (0x30, plain[26:])]
            for sequence, piece in pieces:
                self.nonce_report = asyncio.get_running_loop().create_future()
                await self.transmit(bytes([SECURITY0, s0.NONCE_GET]))
                try:
                    nonce = await asyncio.wait_for(self.nonce_report, self.nonce_seconds)
                except asyncio.TimeoutError:
                    self.counts["noNonce"] += 1
                    return
                await self.transmit(s0.seal(self.keys, s0.ENCAPSULATED, self.node, self.controller, os.urandom(8), nonce, piece, sequence))
