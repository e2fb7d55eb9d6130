"""The trouble the bench can make, as data that changes while it runs."""

import dataclasses

# What may be done to an L2CAP payload on its way; each gives the payloads that go on in its place.
MANGLES = {
    "drop": lambda pdu: [],
    "duplicate": lambda pdu: [pdu, pdu],
    "truncate": lambda pdu: [pdu[:-1]],
    "half": lambda pdu: [pdu[: max(1, len(pdu) // 2)]],
    "opcodeOnly": lambda pdu: [pdu[:1]],
    "empty": lambda pdu: [b""],
    "junk": lambda pdu: [bytes((byte * 7 + 13) & 0xFF for byte in range(len(pdu)))],
    "oversize": lambda pdu: [pdu + bytes(600)],
    "flip": lambda pdu: [pdu[:-1] + bytes([pdu[-1] ^ 0x01])] if pdu else [pdu],
}


@dataclasses.dataclass
class PduFault:
    """Meets L2CAP payloads of one lock that match, `count` times (0: until cleared)."""

    lock: str
    to: str  # host | lock
    action: str  # a name of MANGLES, `replace` or `error`
    cid: int | None = 4
    opcode: int | None = None
    handle: int | None = None
    count: int = 1
    replacement: bytes = b""
    code: int = 0x0E
    met: int = 0

    def matches(self, lock, to, cid, pdu):
        if (self.lock, self.to) != (lock, to) or (self.cid is not None and self.cid != cid):
            return False
        if self.opcode is not None and (not pdu or pdu[0] != self.opcode):
            return False
        if self.handle is not None and (len(pdu) < 3 or int.from_bytes(pdu[1:3], "little") != self.handle):
            return False
        return self.count == 0 or self.met < self.count

    def apply(self, pdu):
        """The payloads that go on instead, and whether an error answer goes back."""
        self.met += 1
        if self.action == "replace":
            return [self.replacement], None
        if self.action == "error":
            handle = pdu[1:3] if len(pdu) >= 3 else b"\0\0"
            return [], bytes([0x01, pdu[0]]) + handle + bytes([self.code])
        return MANGLES[self.action](pdu), None


@dataclasses.dataclass
class CommandFault:
    """Meets HCI commands of one opcode: no answer (`ignore`), or a status (`fail`)."""

    opcode: int
    action: str
    status: int = 0x1F
    count: int = 1
    met: int = 0

    def matches(self, opcode):
        return self.opcode == opcode and (self.count == 0 or self.met < self.count)


class Faults:
    """Everything that is wrong at the moment."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.pdus = []
        self.commands = []
        self.mute = False
        self.withhold_credits = False

    def meet_pdu(self, lock, to, cid, pdu):
        """The first fault that meets this payload, if any."""
        return next((fault for fault in self.pdus if fault.matches(lock, to, cid, pdu)), None)

    def meet_command(self, opcode):
        """The first fault that meets this command, if any."""
        fault = next((fault for fault in self.commands if fault.matches(opcode)), None)
        if fault:
            fault.met += 1
        return fault
