"""What makes a lock a lock: bolt, motor, door contact, jam, battery, and a log of every motor run that nothing rewrites."""

import asyncio
import datetime
import json

BOLTS = ("locked", "unlocked", "unlatched", "moving", "notFullyLocked", "unknown")
DOORS = {"closed": 0, "open": 1, "absent": 0xFF}
TARGETS = {"lock": "locked", "unlock": "unlocked", "unlatch": "unlatched"}


class MoveLog:
    """One JSON line for each motor run when it starts, one when it ends or jams."""

    def __init__(self, path):
        self.path = path
        self.lines = []

    def append(self, lock, move, phase):
        at = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"lock": lock, "move": move, "phase": phase, "at": at}
        self.lines.append(line)
        if self.path:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")


class VirtualLock:
    """Moves when told to; `changed` is called after each change of its state."""

    def __init__(self, name, log, bolt="locked", door="absent", motor=1.0):
        self.name, self.log, self.motor = name, log, motor
        self.bolt, self.door, self.battery = bolt, door, 87
        self.jammed = self.jam = self.stall = False
        self.drives = self.moves = 0
        self.last_command = 0
        self.running = None
        self.changed = lambda: None

    def drive(self, action, number):
        """A motor command: False when the motor is running already."""
        if self.running:
            return False
        self.drives += 1
        self.last_command = number
        if self.bolt == TARGETS[action] and not self.jammed:
            self.changed()
            return True
        self.moves += 1
        self.log.append(self.name, action, "start")
        self.bolt = "moving"
        self.running = asyncio.get_running_loop().create_task(self._turn(action))
        self.changed()
        return True

    async def _turn(self, action):
        await asyncio.sleep(self.motor)
        while self.stall:
            await asyncio.sleep(0.02)
        self.running = None
        self.jammed = self.jam
        self.bolt = "notFullyLocked" if self.jam else TARGETS[action]
        self.log.append(self.name, action, "jam" if self.jam else "end")
        self.changed()

    def turn(self, action):
        """A hand at the knob: no motor."""
        self.bolt = TARGETS[action]
        self.jammed = False
        self.changed()

    @property
    def encoded(self):
        """The state characteristic: bolt, door, flags (1 jammed, 2 motor running), battery, moves, number of the last command."""
        flags = self.jammed | bool(self.running) << 1
        return bytes([BOLTS.index(self.bolt), DOORS[self.door], flags, self.battery, self.moves & 0xFF, self.moves >> 8 & 0xFF, self.last_command])

    @property
    def described(self):
        return {
            "bolt": self.bolt, "door": self.door, "jammed": self.jammed, "motorRunning": bool(self.running), "battery": self.battery,
            "drives": self.drives, "moves": self.moves,
        }
