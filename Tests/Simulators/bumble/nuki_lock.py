"""What makes a Nuki lock: bolt, latch and motor with their times, lock'n'go, its own auto-lock, door sensor, battery, log."""

import asyncio
import dataclasses

from nuki_settings import DOOR_ENTRY, KEYPAD_ENTRY, LOCK_ACTION_ENTRY, AdvancedConfig, Codes, Log
from nuki_words import BOLTS, Action, Completion, Error, Refusal, State, Trigger

UNLATCHING = (Action.UNLATCH, Action.LOCK_N_GO_UNLATCH)
LOCKING = (Action.LOCK, Action.FULL_LOCK)
LOCK_N_GO = (Action.LOCK_N_GO, Action.LOCK_N_GO_UNLATCH)
STARTS = {"lock": Action.LOCK, "unlock": Action.UNLOCK, "unlatch": Action.UNLATCH, "lockNGo": Action.LOCK_N_GO}
BY_HAND = {"lock": State.LOCKED, "unlock": State.UNLOCKED, "unlatch": State.UNLATCHED}


@dataclasses.dataclass
class Run:
    """One run of the motor, and who started it. `driver` is told of it."""

    action: Action
    trigger: Trigger
    driver: object = None
    identifier: bytes = b"\0\0\0\0"
    name: str = ""
    code: int | None = None


class NukiLock:
    """Moves when told to. `changed(driver)` is called after each change, `over(driver, error)` when a driver's run has ended."""

    def __init__(self, name, log, generation=3, motor=1.0):
        self.name, self.moves_log, self.generation, self.motor = name, log, generation, motor
        self.state, self.door, self.battery = State.LOCKED, "absent", 86
        self.latch = None
        self.jam = self.stall = self.busy = self.low_voltage = self.ignore_relock = False
        self.drives = self.moves = self.config_count = 0
        self.running = None
        self.last = Run(Action.LOCK, Trigger.SYSTEM), Completion.SUCCESS
        self.advanced, self.log, self.codes = AdvancedConfig(generation), Log(), Codes()
        self.timer, self.waits_for_door = None, False
        self.changed = lambda driver=None: None
        self.over = lambda driver, error: None

    # The motor.

    def drive(self, action, driver, identifier, name):
        """A client's lock action, which it is told of; raises a refusal when the motor is not to run."""
        if self.running or self.busy:
            raise Refusal(Error.BUSY)
        if self.low_voltage:
            self.last = Run(action, Trigger.SYSTEM), Completion.LOW_VOLTAGE
            raise Refusal(Error.LOW_VOLTAGE)
        self.running = Run(action, Trigger.SYSTEM, driver, identifier, name)
        # A moment later, so that the client hears that it was accepted before it hears that the motor runs.
        asyncio.get_running_loop().call_soon(self.start, self.running)

    def start(self, run):
        self._cancel_timer()
        there = run.action in LOCKING and self.state == State.LOCKED or run.action == Action.UNLOCK and self.state == State.UNLOCKED
        self.running = run
        if there:
            asyncio.get_running_loop().call_soon(self._stop, run, self.state, Completion.SUCCESS)
            return
        self.state = State.LOCKING if run.action in LOCKING else State.UNLATCHING if run.action in UNLATCHING else State.UNLOCKING
        self.moves += 1
        self.moves_log.append(self.name, self._move(run), "start")
        self.changed(run.driver)
        self.task = asyncio.get_running_loop().create_task(self._turn(run))

    async def _turn(self, run):
        await asyncio.sleep(self.motor)
        while self.stall:
            await asyncio.sleep(0.02)
        self.moves_log.append(self.name, self._move(run), "jam" if self.jam else "end")
        if self.jam:
            self._stop(run, State.BLOCKED, Completion.BLOCKED)
            return
        if run.action in UNLATCHING:
            self.state = State.UNLATCHED
            self.changed(run.driver)
            await asyncio.sleep(self.advanced["unlatchSeconds"] if self.latch is None else self.latch)
        after = State.LOCKED if run.action in LOCKING else State.LOCK_N_GO if run.action in LOCK_N_GO else State.UNLOCKED
        self._stop(run, after, Completion.SUCCESS)

    def _stop(self, run, state, completion):
        self.running, self.state, self.last = None, state, (run, completion)
        if run.code is None:
            data = bytes([run.action, run.trigger, 0, completion])
            self.log.append(LOCK_ACTION_ENTRY, data, run.identifier, run.name)
        else:
            self.log.append(KEYPAD_ENTRY, bytes([run.action, 0, completion]) + run.code.to_bytes(2, "little"), name=run.name)
        self.changed(run.driver)
        if run.driver:
            self.over(run.driver, None if completion == Completion.SUCCESS else Error.MOTOR_BLOCKED)
        self.plan_relock()

    @staticmethod
    def _move(run):
        return "lock" if run.action in LOCKING else "unlatch" if run.action in UNLATCHING else "unlock"

    # Without a client.

    def turn(self, action, source="manual", slot=None):
        """A hand at the knob; with the source `keypad` its own motor, by the code with that id; with `button` by its button."""
        if self.running:
            return
        if source == "keypad":
            self.start(Run(STARTS[action], Trigger.SYSTEM, name="keypad", code=slot or 1))
        elif source == "button":
            self.start(Run(STARTS[action], Trigger.BUTTON))
        else:
            self._cancel_timer()
            self._stop(Run(STARTS[action], Trigger.MANUAL), BY_HAND[action], Completion.SUCCESS)

    def set_door(self, door):
        """The door opens or closes."""
        if door == self.door:
            return
        self.door = door
        self.log.append(DOOR_ENTRY, bytes([0 if door == "open" else 1]))
        self.changed()
        if door == "closed" and self.state == State.UNLOCKED and self.advanced["autoLock"]:
            if self.waits_for_door or self.advanced["immediate"]:
                self._relock()

    def set_auto_lock(self, is_on):
        """Its owner turns its auto-lock on or off."""
        self.advanced.values["autoLock"] = int(is_on)
        self.configured()

    def configured(self):
        """Something was set in it."""
        self.config_count = (self.config_count + 1) & 0xFF
        self.plan_relock()
        self.changed()

    # Locking by itself.

    def plan_relock(self):
        """Begins what is left until it locks by itself: lock'n'go, or its auto-lock."""
        self._cancel_timer()
        if self.running:
            return
        seconds = None
        if self.state == State.LOCK_N_GO:
            seconds = self.advanced["lockNGoSeconds"]
        elif self.state == State.UNLOCKED and self.advanced["autoLock"]:
            seconds = self.advanced["autoLockSeconds"]
        if seconds:
            self.timer = asyncio.get_running_loop().call_later(seconds, self._relock)

    def _relock(self):
        self._cancel_timer()
        if self.running or self.ignore_relock:
            return
        if self.door == "open" and self.state == State.UNLOCKED:
            self.waits_for_door = True
        else:
            self.start(Run(Action.LOCK, Trigger.AUTOMATIC if self.state == State.LOCK_N_GO else Trigger.AUTO_LOCK))

    def _cancel_timer(self):
        if self.timer:
            self.timer.cancel()
        self.timer, self.waits_for_door = None, False

    # What is to be seen.

    @property
    def lock_n_go_left(self):
        """Seconds until lock'n'go locks."""
        if self.state != State.LOCK_N_GO or not self.timer:
            return 0
        return max(0, round(self.timer.when() - asyncio.get_running_loop().time()))

    @property
    def bolt(self):
        return BOLTS.get(self.state, "unknown")

    @bolt.setter
    def bolt(self, bolt):
        self.state = next((state for state, name in BOLTS.items() if name == bolt), State.UNDEFINED)

    @property
    def auto_relock(self):
        return {"armed": bool(self.advanced["autoLock"]), "seconds": self.advanced["autoLockSeconds"], "waitsForDoor": self.door != "absent"}

    @property
    def described(self):
        return {
            "bolt": self.bolt, "door": self.door, "jammed": self.state == State.BLOCKED, "motorRunning": self.bolt == "moving",
            "battery": self.battery, "drives": self.drives, "moves": self.moves, "autoRelock": self.auto_relock,
            "codes": self.codes.described, "logHead": self.log.head, "configCount": self.config_count,
            "settings": self.advanced.encoded.hex(),
        }
