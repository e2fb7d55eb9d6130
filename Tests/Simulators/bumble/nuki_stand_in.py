"""One virtual Nuki lock for the conformance kit: its stand-in protocol on standard input and output (adapters/README.md, The stand-in).

    python nuki_stand_in.py [--generation 3|5] FOLDER
"""

import argparse
import asyncio
import json
import sys
import types

from control import LONGEST_LINE, Control, Refused
from nuki_control import set_nuki
from radio import Bench, say

HELD_SECONDS = 86_400
PIN = {3: "4711", 5: "482913"}
SETTINGS = ("door", "jam", "stall", "refuse", "quiet", "loseCodes", "ignoreRelock")
TOLD = ("bolt", "door", "motorRunning", "drives", "moves", "codes", "keys", "autoRelock", "logHead", "links")


class StandIn(Control):
    """Answers the kit's lines, which have no names of locks."""

    def do_set(self, request):
        peripheral = self.nuki({})
        for name, value in request.items():
            if name == "do":
                continue
            if name not in SETTINGS:
                raise Refused(f"unknown setting {name}")
            if not set_nuki(peripheral, name, value):
                setattr(peripheral.lock, name, value)

    def do_turn(self, request):
        """At the keypad a code is typed in: who has it is the lock's business."""
        codes = {entry["code"]: entry["slot"] for entry in self.nuki({}).lock.codes.described}
        if "code" in request:
            request = request | {"slot": codes[request["code"]]}
        return super().do_turn(request)

    async def answer(self, line):
        try:
            verb = json.loads(line).get("do")
        except (ValueError, AttributeError):
            verb = None
        if verb not in ("state", "set", "turn", "hangup", "press"):
            return json.dumps({"ok": False, "error": "unknown verb"})
        answer = json.loads(await super().answer(line))
        if not answer["ok"]:
            return json.dumps(answer)
        state = self.bench.describe(self.nuki({}))
        return json.dumps({"ok": True} | {name: state[name] for name in TOLD})


async def main(generation):
    bench = Bench(types.SimpleNamespace(move_log=None, interval=0, buffers="251x8", legacy=False, public_address="00:00:00:00:00:00"))
    await bench.add(f"front:nuki={generation}:pin={PIN[generation]}:door:motor=150:latch=100")
    # As if somebody held its button already: until it is paired with, since the kit presses only when it is asked to.
    bench.peripherals["front"].press(HELD_SECONDS)
    await bench.port.listen_tcp("127.0.0.1", 0)
    ready = {"ready": True, "config": {"pairAs": "bridge"}, "vendorState": None, "pair": True, "pin": PIN[generation], "radio": "tcp:" + bench.port.names["tcp"]}
    say(json.dumps(ready) + "\n")
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await StandIn(bench).serve(reader, say)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--generation", type=int, choices=(3, 5), default=3)
    parser.add_argument("folder", help="an empty folder; this lock keeps no file in it")
    asyncio.run(main(parser.parse_args().generation))
