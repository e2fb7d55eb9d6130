"""Unlocks a virtual Nuki lock with our adapter and radio, and with pyNukiBT, on the same air, and holds one against the other.

    python Tests/Benchmarks/bluetooth/nuki.py --programs .build/bench/release --scale 0.1

../README.md says what is measured and what was. Exit 1: a limit is missed.
"""

import contextlib
import sys
import time

from adapters import LOCK, PATIENCE, Keeping, Limits, Ours, run  # first: it knows where the simulators are
from bleak import BleakScanner
from pyNukiBT import NukiDevice

import bleak_over_bumble
import nuki_wire as wire

LIMITS = Limits(
    requests={"cold": 22, "warm": 6, "repeated": 2}, request_goals={"warm": 5}, times={"cold": 1.5, "warm": 1.6, "repeated": 2.0},
    time_goals={"cold": 0.5}, processor=1.0)


class Theirs:
    """pyNukiBT over bleak, whose radio is Bumble's host in this process."""

    name = "pyNukiBT"

    async def open(self, stage):
        self.stack = contextlib.AsyncExitStack()
        await self.stack.enter_async_context(bleak_over_bumble.bumble_host(stage.place))
        self.keeping = Keeping()
        address = (await stage.peer(LOCK))["address"]
        device = await BleakScanner.find_device_by_address(address, timeout=PATIENCE)
        secret, public = wire.key_pair()
        self.nuki = NukiDevice(address, None, None, public, secret, 0x01020304, "bench", ble_device=device)
        await self.nuki.connect()
        await stage.ask("press", LOCK)
        await self.nuki.pair(4711)
        await self.nuki.connect()
        await self.nuki.update_state()
        await self.leave()

    async def close(self):
        await self.stack.aclose()

    def processor(self):
        return time.process_time()

    async def know(self, warm):
        self.keeping.use(warm)
        if warm and not self.keeping.has_any:
            await self.nuki.connect()
            await self.leave()

    async def unlock(self, mode):
        await self.nuki.connect()
        end = await self.nuki.lock_action("UNLOCK", wait_for_completed=True)
        assert end.status == "COMPLETED", end

    async def leave(self):
        await self.nuki.disconnect()


def check(state, orders):
    assert state["replayedNonces"] == 0 and state["drives"] == orders, state


if __name__ == "__main__":
    sys.exit(
        run(__doc__, "nuki=3:pin=4711:motor=0:latch=0", lambda programs: (Ours(programs, "nuki", {"pin": "4711"}, presses=True), Theirs()), check,
            Theirs.name, LIMITS))
