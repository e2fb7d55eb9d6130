"""A radio without radio: one controller for the host under test, and virtual locks on its air.

    python Tests/Simulators/bumble/radio.py --tcp 127.0.0.1:0 --lock front:door:motor=300

Prints one line of JSON when it can be reached, then answers control lines on standard input; see README.md.
"""

import argparse
import asyncio
import json
import logging
import os
import sys

from air import Air
from control import LONGEST_LINE, Control, Refused, on_air
from faults import Faults
from host_port import HostPort
from nuki_lock import NukiLock
from nuki_peripheral import NukiPeripheral
from plain_lock import PlainLock
from strict import StrictController
from trace import Trace
from virtual_lock import MoveLog, VirtualLock


class Bench:
    """The air, the controller, and who is on the air."""

    def __init__(self, options):
        self.faults, self.trace, self.log = Faults(), Trace(), MoveLog(options.move_log)
        self.air = Air(options.interval / 1000, self.faults)
        length, _, count = options.buffers.partition("x")
        self.controller = StrictController(
            "host", self.air, self.faults, self.trace, (int(length), int(count)), not options.legacy, options.public_address
        )
        self.port = HostPort(self.controller)
        self.peripherals = {}
        self.spoofed = {}

    async def add(self, spec):
        peripheral = on_air(spec, self.log, self.air)
        if peripheral.name in self.peripherals:
            raise Refused(f"there is a lock {peripheral.name!r}")
        await self._start(peripheral)

    async def _start(self, peripheral):
        self.peripherals[peripheral.name] = peripheral
        await peripheral.start()

    async def spoof(self, peripheral, on):
        await peripheral.stop()
        name = peripheral.name
        if not on:
            await self._start(self.spoofed.pop(name))
            return
        self.spoofed.setdefault(name, peripheral)
        if isinstance(peripheral, NukiPeripheral):
            generation = peripheral.lock.generation
            return await self._start(
                NukiPeripheral(NukiLock(name, MoveLog(None), generation), self.air, number=peripheral.number, address=peripheral.identity, kind=peripheral.kind))
        lock = VirtualLock(name, MoveLog(None))
        await self._start(
            PlainLock(lock, self.air, peripheral.security, model=peripheral.model, kind=peripheral.kind, address=peripheral.identity, seed="spoof")
        )

    def describe(self, peripheral):
        """The members of `state`."""
        return peripheral.lock.described | peripheral.described | {
            "address": peripheral.address, "type": "public" if peripheral.kind == "public" else "random", "identity": peripheral.identity,
            "links": len(peripheral.connections), "bonds": peripheral.bonded, "shown": peripheral.shown, "pairings": peripheral.pairings,
            "pairingCode": peripheral.pairing_code,
            "encrypted": any(bool(connection.encryption) for connection in peripheral.connections),
        }

    @property
    def described(self):
        return {"clients": self.port.clients, "refused": self.port.refused, "outstanding": sum(self.controller.outstanding.values())}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tcp", metavar="HOST:PORT", help="serve H4 here; port 0 picks one")
    parser.add_argument("--unix", metavar="PATH", help="serve H4 on a unix socket")
    parser.add_argument("--pty", nargs="?", const="", metavar="LINK", help="serve H4 on a pty, with a link to it")
    parser.add_argument("--control", metavar="PATH", help="take control lines on this unix socket as well, and outlive standard input")
    parser.add_argument("--lock", action="append", default=[], metavar="NAME:…", help="a virtual lock")
    parser.add_argument("--move-log", metavar="FILE", help="append every motor run")
    parser.add_argument("--interval", type=float, default=0, help="milliseconds between connection events (default 0: at once)")
    parser.add_argument("--legacy", action="store_true", help="a controller without extended advertising")
    parser.add_argument("--buffers", default="27x8", help="ACL buffers of the controller: LENGTHxCOUNT (default 27x8)")
    parser.add_argument("--public-address", default="00:00:00:00:00:00", help="the controller's own (default: none)")
    parser.add_argument("--log", default="ERROR", help="level of Bumble's own log on standard error")
    return parser.parse_args()


async def main(options):
    bench = Bench(options)
    for spec in options.lock:
        await bench.add(spec)
    if options.tcp:
        host, _, port = options.tcp.rpartition(":")
        await bench.port.listen_tcp(host, int(port))
    if options.unix:
        await bench.port.listen_unix(options.unix)
    if options.pty is not None:
        bench.port.open_pty(options.pty)
    control = Control(bench)
    if options.control:
        await asyncio.start_unix_server(lambda r, w: control.serve(r, lambda line: w.write(line.encode())), options.control, limit=LONGEST_LINE)
    locks = {name: bench.describe(each) for name, each in bench.peripherals.items()}
    say(json.dumps({"ready": True, **bench.port.names, "control": options.control, "locks": locks}) + "\n")
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await control.serve(reader, say)
    if options.control:
        await asyncio.Event().wait()


def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    arguments = options()
    logging.basicConfig(level=arguments.log.upper(), stream=sys.stderr)
    try:
        asyncio.run(main(arguments))
    except Refused as refusal:
        sys.exit(str(refusal))
    except KeyboardInterrupt:
        os._exit(0)
