"""What makes an August lock: bolt, latch and motor with their times, its own auto-lock, door sensor, battery, activity."""

import asyncio
import dataclasses

from august_settings import AutoLock, Codes, Records
from august_words import BOLTS, MOVING, Result, Source, State

STARTS = {State.LOCKED: State.LOCKING, State.SECURE: State.LOCKING, State.UNLOCKED: State.UNLOCKING, State.UNLATCHED: State.UNLATCHING}
MOVES = {State.LOCKED: "lock", State.SECURE: "lock", State.UNLOCKED: "unlock", State.UNLATCHED: "unlatch"}
BY_HAND = {"lock": State.LOCKED, "unlock": State.UNLOCKED, "unlatch": State.UNLATCHED}
LATCH_SECONDS = 0.1


@dataclasses.dataclass
class Run:
    """One run of the motor, and who started it; `over(result)` is called when it stops."""

    target: State
    source: Source
    over: object = None
    slot: int | None = None


class AugustLock:
    """Moves when told to. `changed()` is called after each change of bolt or door."""

    def __init__(self, name, log, motor=1.0):
        self.name, self.moves_log, self.motor = name, log, motor
        self.state, self.door, self.battery = State.LOCKED, "absent", 6000
        self.jam = self.stall = self.busy = self.ignore_relock = False
        self.refuse = None
        self.drives = self.moves = 0
        self.stale_seconds, self.before, self.stale_until = 0, None, 0
        self.running, self.timer = None, None
        self.auto_lock, self.records, self.codes = AutoLock(), Records(), Codes()
        self.changed = lambda: None

    # The motor.

    def drive(self, target, over):
        """A client's order; `over(result)` comes at once where the motor is not to run."""
        self.drives += 1
        refusal = self.refuse or (Result.BUSY if self.running or self.busy else Result.LOW_BATTERY if self.battery < 4400 else None)
        if refusal:
            asyncio.get_running_loop().call_soon(over, refusal)
        else:
            self.start(Run(target, Source.REMOTE, over))

    def start(self, run):
        self._cancel_timer()
        if self.state == run.target:
            if run.over:
                asyncio.get_running_loop().call_soon(run.over, Result.OK)
            self.plan_relock()
            return
        self.running, self.before = run, self.state
        self.moves += 1
        self.moves_log.append(self.name, MOVES[run.target], "start")
        self.task = asyncio.get_running_loop().create_task(self._turn(run))

    async def _turn(self, run):
        # A moment later, so that the order is acknowledged before it is told that the motor runs.
        await asyncio.sleep(0)
        self._now(STARTS[run.target])
        await asyncio.sleep(self.motor)
        while self.stall:
            await asyncio.sleep(0.02)
        self.moves_log.append(self.name, MOVES[run.target], "jam" if self.jam else "end")
        self.running = None
        self.stale_until = asyncio.get_running_loop().time() + self.stale_seconds
        self._record(run, State.JAMMED if self.jam else run.target)
        self._now(State.JAMMED if self.jam else run.target)
        if run.over:
            run.over(Result.BLOCKED if self.jam else Result.OK)
        if self.state == State.UNLATCHED:
            asyncio.get_running_loop().call_later(LATCH_SECONDS, self._unlatched)
        self.plan_relock()

    def _unlatched(self):
        if self.state == State.UNLATCHED and not self.running:
            self._now(State.UNLOCKED)
            self.plan_relock()

    def _record(self, run, state):
        if run.slot is None:
            self.records.lock(run.source, state)
        else:
            self.records.code(run.slot, state)

    def _now(self, state):
        if state != self.state:
            self.state = state
            self.changed()

    # Without a client.

    def turn(self, action, source="manual", slot=None):
        """A hand at the knob; with the source `keypad` its own motor, by the code in that slot."""
        if self.running:
            return
        if source == "keypad":
            return self.start(Run(BY_HAND[action], Source.CODE, slot=slot or 1))
        self._cancel_timer()
        self.records.lock(Source.MANUAL, BY_HAND[action])
        self._now(BY_HAND[action])
        self.plan_relock()

    def set_door(self, door):
        """The door opens or closes."""
        if door == self.door:
            return
        self.door = door
        self.records.door(door)
        self.changed()
        self.plan_relock(closed=door == "closed")

    # Locking by itself.

    def plan_relock(self, closed=False):
        """Begins what is left until it locks by itself; an open door is waited for."""
        self._cancel_timer()
        if self.running or self.state != State.UNLOCKED or self.door == "open":
            return
        if not (self.auto_lock.never_opened or self.auto_lock.door_close):
            return
        seconds = self.auto_lock.door_close if closed else self.auto_lock.never_opened
        self.timer = asyncio.get_running_loop().call_later(seconds, self._relock)

    def _relock(self):
        if not self.ignore_relock and not self.running:
            self.start(Run(State.LOCKED, Source.AUTO_LOCK))

    def _cancel_timer(self):
        if self.timer:
            self.timer.cancel()
            self.timer = None

    # What is to be seen.

    @property
    def told(self):
        """The state as it answers; for a while after its motor stopped that may be the one before."""
        is_stale = not self.running and self.before is not None and asyncio.get_running_loop().time() < self.stale_until
        return self.before if is_stale else self.state

    @property
    def bolt(self):
        return BOLTS.get(self.state, "unknown")

    @bolt.setter
    def bolt(self, bolt):
        self._now(next((state for state, name in BOLTS.items() if name == bolt), State.UNKNOWN))

    @property
    def described(self):
        return {
            "bolt": self.bolt, "state": self.state.name, "door": self.door, "jammed": self.state == State.JAMMED,
            "motorRunning": bool(self.running) or self.state in MOVING, "battery": self.battery, "drives": self.drives, "moves": self.moves,
            "autoRelock": self.auto_lock.described(self.door != "absent"), "codes": self.codes.described, "logHead": self.records.head,
        }
