"""A Z-Wave stick without a stick: a Serial API on a pty or a TCP port, and virtual door locks in its network.

    python Tests/Simulators/zwave/zwave.py --pty /tmp/stick --lock front:door:motor=300

Prints one line of JSON when it can be reached, then answers control lines on standard input; see README.md.
"""

import argparse
import asyncio
import json
import os
import pathlib
import sys
import tty

sys.path.append(str(pathlib.Path(__file__).parent.parent / "bumble"))

from lock_node import LockNode  # noqa: E402
from stick import Stick  # noqa: E402
from virtual_lock import MoveLog, VirtualLock  # noqa: E402

LONGEST_LINE = 1 << 20


class Refused(Exception):
    """What was asked cannot be done; the text says why."""


class Bench:
    """The stick, and the locks within its reach."""

    def __init__(self, options):
        self.stick = Stick(bytes.fromhex(options.home), options.pace)
        self.log = MoveLog(options.move_log)
        self.locks = {}
        for spec in options.lock:
            self.add(spec, options.pace)

    def add(self, spec, pace):
        name, *words = spec.split(":")
        settings = dict(word.partition("=")[::2] for word in words)
        lock = VirtualLock(
            name, self.log, bolt="unlocked" if "unlocked" in settings else "locked",
            door="open" if "open" in settings else "closed" if "door" in settings else "absent",
            motor=float(settings.get("motor", 1000)) / 1000,
        )
        node = LockNode(lock, None, supports_s0="clear" not in settings, nonce_seconds=float(settings.get("nonce", 10)))
        node.transmit = lambda command: self.stick.from_node(node.node, command)
        self.locks[name] = node

    # Control lines.

    async def answer(self, line):
        number = None
        try:
            request = json.loads(line)
            number = request.get("n")
            verb = getattr(self, "do_" + str(request.get("do")), None)
            if not verb:
                raise Refused(f"unknown: {request.get('do')!r}")
            result = verb(request)
            result = await result if asyncio.iscoroutine(result) else result
            answer = {"ok": True} | (result or {})
        except Refused as refusal:
            answer = {"ok": False, "error": str(refusal)}
        except Exception as error:  # whatever the line asked for, the bench goes on
            answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        return json.dumps(answer if number is None else answer | {"n": number})

    def node(self, request):
        names = list(self.locks)
        name = request.get("lock") or (names[0] if len(names) == 1 else None)
        if name not in self.locks:
            raise Refused(f"no lock {name!r}")
        return self.locks[name]

    async def do_press(self, request):
        if not await self.stick.press(self.node(request)):
            raise Refused("nobody lets nodes in or out, or it is in or out already")

    def do_state(self, request):
        return self.node(request).described

    def do_stick(self, request):
        line = self.stick.line
        return {
            "nodes": sorted(self.stick.nodes), "functions": dict(self.stick.counts), "line": dict(line.counts) if line else {},
            "adding": self.stick.adding is not None, "removing": self.stick.removing is not None,
        }

    def do_trace(self, request):
        return {"lines": list(self.stick.trace)}

    def do_turn(self, request):
        self.node(request).lock.turn(request["to"])

    def do_set(self, request):
        node = self.node(request)
        for name, value in request.items():
            if name in ("jam", "stall", "door", "battery", "bolt", "motor"):
                setattr(node.lock, name, value)
            elif name == "outOfReach":
                node.out_of_reach = value
            elif name == "quiet":
                node.quiet = value
            elif name not in ("do", "n", "lock"):
                raise Refused(f"unknown: {name!r}")

    def do_forget(self, request):
        """A lock that was reset to factory state by hand: the stick does not know."""
        self.node(request).forget()

    def do_fault(self, request):
        name, count = request["fault"], request.get("count", 1)
        if name in ("loseAck", "noAck", "nak", "can", "badChecksum"):
            self.stick.line.faults[name] += count
        elif name in ("noResponse", "noCallback", "lostOnAir"):
            self.stick.faults[name] += count
        elif name == "txStatus":
            self.stick.tx_status.extend([request["status"]] * count)
        elif name == "mute":
            self.stick.line.muted = count > 0
        elif name == "restart":
            self.stick.spawn(self.stick.restart(0x03))
        else:
            raise Refused(f"unknown: {name!r}")


def open_pty(stick, link):
    """A pty that outlives its clients; what nobody reads is thrown away by the next one's NAK."""
    main, side = os.openpty()
    tty.setraw(main)
    tty.setraw(side)
    os.set_blocking(main, False)
    name = os.ttyname(side)
    if link:
        if os.path.islink(link):
            os.unlink(link)
        os.symlink(name, link)
    line = stick.attach(lambda data: os.write(main, data))

    def readable():
        try:
            data = os.read(main, 4096)
        except (BlockingIOError, OSError):
            return
        line.feed(data)

    asyncio.get_running_loop().add_reader(main, readable)
    return link or name


async def open_tcp(stick, place):
    host, _, port = place.rpartition(":")

    async def serve(reader, writer):
        line = stick.attach(writer.write)
        while data := await reader.read(4096):
            line.feed(data)
        line.close()
        writer.close()

    server = await asyncio.start_server(serve, host, int(port))
    return "{}:{}".format(*server.sockets[0].getsockname())


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pty", nargs="?", const="", metavar="LINK", help="serve on a pty, with a link to it")
    parser.add_argument("--tcp", metavar="HOST:PORT", help="serve on TCP; port 0 picks one")
    parser.add_argument("--home", default="deadbeef", help="the network's home id")
    parser.add_argument("--pace", type=float, default=1.0, help="every wait of the air times this")
    parser.add_argument("--move-log", metavar="FILE", help="one line for each motor run")
    parser.add_argument("--lock", action="append", default=[], metavar="NAME[:door|open|unlocked|clear|motor=MS|nonce=S]…")
    return parser.parse_args()


async def main():
    chosen = options()
    bench = Bench(chosen)
    ready = {"ready": True}
    if chosen.pty is not None:
        ready["pty"] = open_pty(bench.stick, chosen.pty)
    if chosen.tcp:
        ready["tcp"] = await open_tcp(bench.stick, chosen.tcp)
    print(json.dumps(ready), flush=True)
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        if line.strip():
            print(await bench.answer(line), flush=True)


asyncio.run(main())
