"""One virtual August lock for the conformance kit: its stand-in protocol on standard input and output (adapters/README.md, The stand-in).

    python august_stand_in.py FOLDER
"""

import argparse
import asyncio
import json
import sys
import types

from august_control import set_august
from control import LONGEST_LINE, Control, Refused
from radio import Bench, say

KEY, SLOT = "3f0c5d8a9b7e41d2a6c8f1e0b2d4967c", 4
SETTINGS = ("door", "jam", "stall", "refuse", "quiet", "loseCodes", "ignoreRelock")
TOLD = ("bolt", "door", "motorRunning", "drives", "moves", "codes", "keys", "autoRelock", "logHead", "links")


class StandIn(Control):
    """Answers the kit's lines, which have no names of locks."""

    def do_set(self, request):
        peripheral = self.august({})
        for name, value in request.items():
            if name == "do":
                continue
            if name not in SETTINGS:
                raise Refused(f"unknown setting {name}")
            if not set_august(peripheral, name, value):
                setattr(peripheral.lock, name, value)

    async def answer(self, line):
        try:
            verb = json.loads(line).get("do")
        except (ValueError, AttributeError):
            verb = None
        if verb not in ("state", "set", "turn", "hangup"):
            return json.dumps({"ok": False, "error": "unknown verb"})
        answer = json.loads(await super().answer(line))
        if not answer["ok"]:
            return json.dumps(answer)
        state = self.bench.describe(self.august({}))
        return json.dumps({"ok": True} | {name: state[name] for name in TOLD})


async def main():
    bench = Bench(types.SimpleNamespace(move_log=None, interval=0, buffers="251x8", legacy=False, public_address="00:00:00:00:00:00"))
    await bench.add(f"front:august:key={SLOT}/{KEY}:door:motor=150")
    await bench.port.listen_tcp("127.0.0.1", 0)
    front = bench.peripherals["front"]
    peer = {"address": front.address, "type": "public"}
    # What pairing gives, so that the kit need not pair before each rule; the credentials are what a person is asked for where it does.
    vendor = peer | {
        "key": KEY, "slot": SLOT, "model": front.device_model, "firmware": front.firmware, "hasDoor": True, "hasBattery": True, "hasCodes": True,
        "foundAutoLock": [0, 0], "canUnlatch": True, "locksSecurely": False, "ownSlots": [],
    }
    ready = {"ready": True, "config": {}, "vendorState": vendor, "peers": [peer], "pin": f"{KEY}:{SLOT}", "radio": "tcp:" + bench.port.names["tcp"]}
    say(json.dumps(ready) + "\n")
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await StandIn(bench).serve(reader, say)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="an empty folder; this lock keeps no file in it")
    parser.parse_args()
    asyncio.run(main())
