"""Unlocks a virtual August lock with our adapter and radio, and with yalexs-ble, on the same air, and holds one against the other.

    python Tests/Benchmarks/bluetooth/august.py --programs .build/bench/release --scale 0.1

../README.md says what is measured and what was. Exit 1: a limit is missed.
"""

import contextlib
import sys
import time

from adapters import LOCK, Keeping, Limits, Ours, run  # first: it knows where the simulators are
from bleak.backends.device import BLEDevice
from bumble import hci
from yalexs_ble.lock import Lock

import bleak_over_bumble

KEY, SLOT = "3f0c5d8a9b7e41d2a6c8f1e0b2d4967c", 4
LIMITS = Limits(
    requests={"cold": 21, "warm": 7, "repeated": 1}, request_goals={"warm": 6}, times={"cold": 6.0, "warm": 4.5, "repeated": 1.3},
    time_goals={"cold": 0.5}, processor=2.5)


class Theirs:
    """yalexs-ble over bleak, whose radio is Bumble's host in this process."""

    name = "yalexs-ble"

    async def open(self, stage):
        self.stack, self.lock = contextlib.AsyncExitStack(), None
        await self.stack.enter_async_context(bleak_over_bumble.bumble_host(stage.place))
        self.keeping = Keeping()
        address = (await stage.peer(LOCK))["address"]
        bleak_over_bumble.Radio.heard[address] = hci.Address(address, hci.AddressType.PUBLIC_DEVICE)
        self.device = BLEDevice(address, address, {"path": address})

    async def close(self):
        await self.leave()
        await self.stack.aclose()

    def processor(self):
        return time.process_time()

    async def know(self, warm):
        self.keeping.use(warm)
        if warm and not self.keeping.has_any:
            await self._connect()
            await self.leave()

    async def _connect(self):
        self.lock = Lock(lambda: self.device, KEY, SLOT, LOCK, lambda _: None)
        await self.lock.connect(max_attempts=1)

    async def unlock(self, mode):
        if self.lock is None:
            await self._connect()
        await self.lock.force_unlock()

    async def leave(self):
        if self.lock is not None:
            await self.lock.client.disconnect()
            self.lock = None


def check(state, orders):
    assert (state["hurried"], state["noise"], state["wrongKeys"], state["drives"]) == (0, 0, 0, orders), state


if __name__ == "__main__":
    # Its activity is left alone, as yalexs-ble leaves it: who turned the lock back between two unlocks is not asked.
    ours = {"options": {"key": KEY, "slot": str(SLOT)}, "config": {"activity": "leave"}}
    sys.exit(
        run(__doc__, f"august:key={SLOT}/{KEY}:door:motor=0", lambda programs: (Ours(programs, "august", **ours), Theirs()), check, Theirs.name, LIMITS))
