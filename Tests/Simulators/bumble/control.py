"""The control channel: one JSON object a line in, one out. README.md lists what it understands."""

import asyncio
import inspect
import json

import pairing_peer
from august_control import AugustVerbs, august_lock, set_august
from august_lock import AugustLock
from august_peripheral import AugustPeripheral
from faults import MANGLES, CommandFault, PduFault
from nuki_control import NukiVerbs, nuki_lock, set_nuki
from nuki_lock import NukiLock
from nuki_peripheral import NukiPeripheral
from plain_lock import PlainLock
from virtual_lock import BOLTS, DOORS, TARGETS, VirtualLock

LONGEST_LINE = 1 << 20


class Refused(Exception):
    """What was asked cannot be done; the text says why."""


class Control(AugustVerbs, NukiVerbs):
    """Does what each line asks of the bench."""

    def __init__(self, bench):
        self.bench = bench

    async def answer(self, line):
        """The answer to one line, as a line."""
        number = None
        try:
            request = json.loads(line)
            number = request.get("n")
            verb = getattr(self, "do_" + str(request.get("do")), None)
            if not verb:
                raise Refused(f"unknown: {request.get('do')!r}")
            result = verb(request)
            result = await result if inspect.isawaitable(result) else result
            answer = {"ok": True} | (result or {})
        except Refused as refusal:
            answer = {"ok": False, "error": str(refusal)}
        except Exception as error:  # whatever the line asked for, the bench goes on
            answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        return json.dumps(answer if number is None else answer | {"n": number})

    async def serve(self, reader, write):
        """Answers lines until there are no more."""
        while line := await reader.readline():
            if line.strip():
                write(await self.answer(line) + "\n")

    def peripheral(self, request):
        names = list(self.bench.peripherals)
        name = request.get("lock") or (names[0] if len(names) == 1 else None)
        if name not in self.bench.peripherals:
            raise Refused(f"no lock {name!r}")
        return self.bench.peripherals[name]

    # The locks.

    def do_state(self, request):
        return self.bench.describe(self.peripheral(request))

    def do_locks(self, request):
        return {"locks": {name: self.bench.describe(each) for name, each in self.bench.peripherals.items()}}

    def do_turn(self, request):
        lock = self.peripheral(request).lock
        action = request.get("action") or ("lock" if lock.bolt != "locked" else "unlock")
        if action not in TARGETS:
            raise Refused(f"action is one of {', '.join(TARGETS)}")
        lock.turn(action, **{name: request[name] for name in ("source", "slot") if name in request})
        return lock.described

    async def do_set(self, request):
        peripheral = self.peripheral(request)
        lock = peripheral.lock
        for name, value in request.items():
            if isinstance(lock, NukiLock) and set_nuki(peripheral, name, value):
                continue
            if isinstance(lock, AugustLock) and set_august(peripheral, name, value):
                continue
            match name:
                case "do" | "lock" | "n":
                    pass
                case "door" if value in DOORS:
                    lock.door = value
                case "bolt" if value in BOLTS:
                    lock.bolt = value
                case "battery" | "jam" | "stall":
                    setattr(lock, name, value)
                case "motorMilliseconds":
                    lock.motor = value / 1000
                case "refuse" | "quiet" | "pairable" | "agrees" | "passkey" | "stolen":
                    setattr(peripheral, name, value)
                case "rssi":
                    peripheral.controller.rssi = value
                case "unreachable":
                    self.bench.air.set_reachable(peripheral.name, not value)
                case _:
                    raise Refused(f"cannot set {name} to {value!r}")
        if isinstance(lock, VirtualLock) or {"bolt", "battery"} & request.keys():
            lock.changed()
        return self.bench.describe(peripheral)

    async def do_hangup(self, request):
        for connection in self.peripheral(request).connections:
            await connection.disconnect(request.get("reason", 0x13))

    async def do_add(self, request):
        await self.bench.add(request["spec"])

    async def do_remove(self, request):
        peripheral = self.peripheral(request)
        await peripheral.stop()
        del self.bench.peripherals[peripheral.name]

    async def do_wait(self, request):
        """Answers once `state`'s member `what` is `is`, within `seconds`."""
        limit = asyncio.get_running_loop().time() + request.get("seconds", 5)
        while True:
            state = self.bench.describe(self.peripheral(request)) if self.bench.peripherals else {}
            state |= self.bench.described
            if state.get(request["what"]) == request["is"]:
                return state
            if asyncio.get_running_loop().time() > limit:
                raise Refused(f"{request['what']} is {state.get(request['what'])!r}")
            await asyncio.sleep(0.002)

    def do_moves(self, request):
        return {"moves": self.bench.log.lines}

    # Trouble on the air.

    def do_pdu(self, request):
        action = request.get("action")
        if action not in MANGLES and action not in ("replace", "error"):
            raise Refused(f"action is one of {', '.join(MANGLES)}, replace, error")
        peripheral = self.peripheral(request)
        handle = request.get("handle")
        if handle == "cccd":
            handle = peripheral.cccd
        self.bench.faults.pdus.append(
            PduFault(
                peripheral.name, request.get("to", "host"), action, request.get("cid", 4), request.get("opcode"), handle,
                request.get("count", 1), bytes.fromhex(request.get("replacement", "")), request.get("code", 0x0E),
            )
        )

    def do_silence(self, request):
        self.bench.faults.pdus.append(PduFault(self.peripheral(request).name, "host", "drop", request.get("cid", 4), count=0))

    def do_refuseSubscription(self, request):
        peripheral = self.peripheral(request)
        code = request.get("code", 0x03)
        self.bench.faults.pdus.append(PduFault(peripheral.name, "lock", "error", 4, 0x12, peripheral.cccd, 0, code=code))

    def do_inject(self, request):
        self.bench.air.inject(self.peripheral(request).name, bytes.fromhex(request["hex"]), request.get("cid", 4))

    async def do_changeServices(self, request):
        asyncio.get_running_loop().create_task(self.peripheral(request).change_services())

    # Trouble in the controller.

    def do_command(self, request):
        action = request.get("action")
        if action not in ("ignore", "fail"):
            raise Refused("action is ignore or fail")
        fault = CommandFault(request["opcode"], action, request.get("status", 0x1F), request.get("count", 1))
        self.bench.faults.commands.append(fault)

    def do_crash(self, request):
        """The controller is gone: the client's connection breaks, and its links with it; `closed` keeps it away."""
        self.bench.port.set_closed(request.get("closed", False))
        self.bench.port.drop()

    def do_open(self, request):
        self.bench.port.set_closed(False)

    def do_hardwareError(self, request):
        self.bench.controller.send_raw(bytes([0x04, 0x10, 0x01, request.get("code", 1)]))
        self.bench.controller.forget_host()

    def do_mute(self, request):
        self.bench.faults.mute = request.get("on", True)

    def do_withholdCredits(self, request):
        self.bench.faults.withhold_credits = request.get("on", True)
        if not self.bench.faults.withhold_credits:
            self.bench.controller.release_credits()

    def do_raw(self, request):
        """Bytes to the host as they are, H4 or not."""
        self.bench.controller.send_raw(bytes.fromhex(request["hex"]))

    # Trouble with keys.

    async def do_loseBond(self, request):
        await self.peripheral(request).forget_bonds()

    async def do_rotate(self, request):
        peripheral = self.peripheral(request)
        await peripheral.rotate()
        return {"address": peripheral.address}

    def do_attack(self, request):
        attack = request.get("name")
        if attack not in (None, *pairing_peer.ATTACKS):
            raise Refused(f"name is null or one of {', '.join(pairing_peer.ATTACKS)}")
        self.peripheral(request).attack = attack

    async def do_spoof(self, request):
        """Another device takes the lock's place: same name, address and services, other keys, no bonds."""
        peripheral = self.peripheral(request)
        if not isinstance(peripheral, (PlainLock, NukiPeripheral)):
            raise Refused("that lock can't be spoofed")
        await self.bench.spoof(peripheral, request.get("on", True))

    # The record.

    def do_clear(self, request):
        self.bench.faults.clear()
        self.bench.port.set_closed(False)
        for peripheral in self.bench.peripherals.values():
            peripheral.clear()

    def do_trace(self, request):
        return {"packets": list(self.bench.trace.packets), "violations": self.bench.trace.violations} | self.bench.described

    def do_clearTrace(self, request):
        self.bench.trace.clear()


def parse_lock(spec, log):
    """A lock from `NAME:option:…`; the options are in README.md."""
    name, *options = spec.split(":")
    lock, face = VirtualLock(name, log), {}
    if any(option.startswith("nuki") for option in options):
        lock, face, options = nuki_lock(name, options, log)
    elif "august" in options:
        lock, face, options = august_lock(name, options, log)
    for option in options:
        key, _, value = option.partition("=")
        match key:
            case "door" | "open":
                lock.door = "open" if key == "open" else "closed"
            case "unlocked":
                lock.bolt = "unlocked"
            case "motor":
                lock.motor = int(value) / 1000
            case "justWorks" | "numeric" | "passkey":
                face["model"] = key
                if value:
                    face["passkey"] = int(value)
            case "encrypted" | "authenticated":
                face["security"] = key
            case "public" | "private":
                face["kind"] = key
            case "address":
                face["address"] = value.replace("-", ":")
            case "mtu":
                face["mtu"] = int(value)
            case "advertising":
                face["advertising_interval"] = int(value)
            case "response":
                face["uuid_in_response"] = True
            case _:
                raise Refused(f"{spec}: no option {option!r}")
    return lock, face


def on_air(spec, log, air):
    """The device that `spec` describes, not yet powered."""
    lock, face = parse_lock(spec, log)
    kind = NukiPeripheral if isinstance(lock, NukiLock) else AugustPeripheral if isinstance(lock, AugustLock) else PlainLock
    return kind(lock, air, **face)


__all__ = ["Control", "Refused", "on_air"]
