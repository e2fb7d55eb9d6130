#!/usr/bin/env python3
# SPDX-License-Identifier: MIT-0
"""The template's device: a virtual lock behind a socket, and beside it the stand-in protocol on standard input, for the conformance kit.

    ./stand_in.py FOLDER             the socket is FOLDER/bolt.sock; ends with its standard input
    ./stand_in.py --stay FOLDER      for a lock to play with: without standard input, until it is killed

The adapter speaks with the lock over the socket; the kit sees and changes the lock itself: {"do": "state" | "set" | "turn" | "hangup"}."""

import json
import os
import secrets
import selectors
import socket
import sys
import time
from typing import Any, Optional

MOTOR_SECONDS = 0.05
KEPT_LOG = 256
ANSWERS = ("door", "jam", "stall", "refuse", "quiet", "mask", "loseCodes", "ignoreRelock")


class VirtualLock:
    """Bolt, motor, door, keypad, auto-relock and log. `tell(entry)` is called for each log entry, `over(driver, answer)` when a command ends."""

    def __init__(self, tell: Any, over: Any):
        self.tell, self.over = tell, over
        self.bolt, self.door, self.jammed = "locked", "closed", False
        self.auto_relock = {"armed": True, "seconds": 30, "waitsForDoor": False}
        self.settings = {name: False for name in ANSWERS}
        self.codes: dict = {}
        self.drives = self.moves = self.log_head = 0
        self.log: list = []
        self.epoch = str(time.time_ns())
        self.motor: Optional[dict] = None
        self.relock_at: Optional[float] = None
        self.timed_seconds: Optional[int] = None
        self.pin, self.is_pairable, self.keys = "482913", False, []

    def pair(self, pin: str) -> Optional[str]:
        """Gives a new key for the right PIN, once after its button was pressed."""
        if not self.is_pairable or pin != self.pin:
            return None
        self.is_pairable = False
        self.keys.append(secrets.token_hex(16))
        return self.keys[-1]

    def is_there(self, action: str) -> bool:
        return self.bolt == ("locked" if action == "lock" else "unlocked")

    def drive(self, request: dict, driver: Any) -> None:
        """An adapter's motor command."""
        self.drives += 1
        if self.settings["refuse"]:
            return self.over(driver, "refused")
        if self.motor:
            return self.over(driver, "busy")
        self.timed_seconds = request.get("openSeconds")
        if self.is_there(request["action"]):
            self.plan_relock()
            return self.over(driver, "done")
        self.start(request["action"], "remote", driver=driver, operation=request.get("operation"))

    def turn(self, action: str, source: str, slot: Optional[int]) -> None:
        """A hand at the knob, or the lock's own keypad with its motor."""
        if self.motor or self.is_there(action):
            return
        if source != "manual":
            return self.start(action, source, slot=slot)
        self.bolt, self.jammed = ("locked" if action == "lock" else "unlocked"), False
        self.plan_relock()
        self.note(source)

    def start(self, action: str, source: str, driver: Any = None, operation: Optional[str] = None, slot: Optional[int] = None) -> None:
        self.moves += 1
        self.relock_at = None
        self.bolt = "moving"
        ends_at = None if self.settings["stall"] else time.monotonic() + MOTOR_SECONDS
        self.motor = {"action": action, "source": source, "driver": driver, "operation": operation, "slot": slot, "ends_at": ends_at}

    def stop(self) -> None:
        run, self.motor = self.motor, None
        result = "done"
        if self.settings["jam"]:
            self.bolt, self.jammed, result = "notFullyLocked", True, "jam"
        elif run["action"] == "lock" and self.door != "closed":
            self.bolt, result = "notFullyLocked", "blocked"
        else:
            self.bolt, self.jammed = ("locked" if run["action"] == "lock" else "unlocked"), False
        self.plan_relock()
        self.note(run["source"], run["operation"], run["slot"])
        if run["driver"] is not None:
            self.over(run["driver"], result)

    def plan_relock(self) -> None:
        self.relock_at = None
        if self.bolt != "unlocked":
            self.timed_seconds = None
            return
        seconds = self.timed_seconds or (self.auto_relock["seconds"] if self.auto_relock["armed"] else None)
        if seconds:
            self.relock_at = time.monotonic() + seconds

    def due(self) -> Optional[float]:
        """Does what is due, and tells when something will be."""
        moment = time.monotonic()
        if self.motor and self.motor["ends_at"] and self.motor["ends_at"] <= moment:
            self.stop()
        if self.relock_at and self.relock_at <= moment:
            self.relock_at = None
            if not self.motor and not self.settings["ignoreRelock"]:
                self.start("lock", "auto")
        times = [at for at in (self.motor and self.motor["ends_at"], self.relock_at) if at]
        return min(times) if times else None

    def set(self, name: str, value: Any) -> bool:
        if name == "door":
            if self.door != value:
                self.door = value
                self.note("unspecified")
        elif name in self.settings:
            self.settings[name] = value
            if name == "stall" and not value and self.motor and not self.motor["ends_at"]:
                self.motor["ends_at"] = time.monotonic() + MOTOR_SECONDS
        else:
            return False
        return True

    def set_code(self, slot: int, code: Optional[str]) -> None:
        if code is None:
            self.codes.pop(slot, None)
        elif not self.settings["loseCodes"]:
            self.codes[slot] = code

    def note(self, source: str, operation: Optional[str] = None, slot: Optional[int] = None) -> None:
        self.log_head += 1
        entry = {
            "event": "changed", "index": self.log_head, "epoch": self.epoch, "bolt": self.bolt, "door": self.door, "source": source,
            "operation": operation, "slot": slot,
        }
        self.log = self.log[-KEPT_LOG:] + [entry]
        self.tell(entry)


class Server:
    """The socket the adapter reaches the lock at, and the kit's lines on standard input."""

    def __init__(self, folder: str, hears_kit: bool):
        self.lock = VirtualLock(self.tell, self.over)
        self.path = os.path.join(folder, "bolt.sock")
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        os.chmod(self.path, 0o666)
        self.listener.listen()
        self.buffers: dict = {}
        self.attached: set = set()
        self.selector.register(self.listener, selectors.EVENT_READ)
        if hears_kit:
            self.selector.register(0, selectors.EVENT_READ)

    def run(self) -> None:
        self.print({"ready": True, "config": {"socket": self.path}, "vendorState": None, "pin": self.lock.pin})
        standard = b""
        while True:
            due = self.lock.due()
            for key, _ in self.selector.select(None if due is None else max(0.0, due - time.monotonic())):
                if key.fileobj is self.listener:
                    link, _ = self.listener.accept()
                    self.buffers[link] = b""
                    self.selector.register(link, selectors.EVENT_READ)
                elif key.fileobj == 0:
                    piece = os.read(0, 65_536)
                    if not piece:
                        return
                    *lines, standard = (standard + piece).split(b"\n")
                    for line in lines:
                        self.print(self.stand_in(json.loads(line)))
                else:
                    self.receive(key.fileobj)
            self.lock.due()

    def print(self, message: dict) -> None:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()

    # The kit

    def stand_in(self, request: dict) -> dict:
        verb = request.get("do")
        if verb == "set":
            for name, value in request.items():
                if name != "do" and not self.lock.set(name, value):
                    return {"ok": False, "error": "unknown setting " + name}
        elif verb == "turn":
            self.lock.turn(request.get("action", "lock"), request.get("source", "manual"), request.get("slot"))
        elif verb == "press":
            self.lock.is_pairable = True
        elif verb == "hangup":
            for link in list(self.attached):
                self.hang_up(link)
        elif verb != "state":
            return {"ok": False, "error": "unknown verb"}
        self.lock.due()
        lock = self.lock
        return {
            "ok": True, "bolt": lock.bolt, "door": lock.door, "motorRunning": lock.motor is not None, "drives": lock.drives,
            "moves": lock.moves, "codes": [{"slot": slot, "code": code} for slot, code in sorted(lock.codes.items())], "keys": lock.keys,
            "autoRelock": lock.auto_relock, "logHead": lock.log_head, "links": len(self.attached),
        }

    # The adapter

    def receive(self, link: socket.socket) -> None:
        try:
            piece = link.recv(65_536)
        except OSError:
            piece = b""
        if not piece:
            return self.hang_up(link)
        *lines, self.buffers[link] = (self.buffers[link] + piece).split(b"\n")
        for line in lines:
            self.command(link, json.loads(line))

    def command(self, link: socket.socket, request: dict) -> None:
        lock, verb, number = self.lock, request["do"], request.get("n")
        if verb == "attach":
            self.attached.add(link)
            after = request.get("after")
            for entry in lock.log:
                if after is not None and entry["index"] > after:
                    self.say(link, entry)
            return self.say(link, {"event": "head", "index": lock.log_head})
        if verb == "drive":
            return lock.drive(request, (link, number))
        answer = {"n": number}
        if verb == "read":
            answer.update(
                bolt=lock.bolt, door=lock.door, jammed=lock.jammed, battery=97, autoRelock=lock.auto_relock, firmware="1.0")
        elif verb == "relock":
            lock.auto_relock = {"armed": request["armed"], "seconds": request["seconds"], "waitsForDoor": False}
            lock.plan_relock()
        elif verb == "code":
            lock.set_code(request["slot"], request["code"])
        elif verb == "pair":
            answer["key"] = lock.pair(request["pin"])
        elif verb == "codes":
            mask = lock.settings["mask"]
            answer["codes"] = [{"slot": s, "code": "*" * len(c) if mask else c} for s, c in sorted(lock.codes.items())]
        self.say(link, answer)

    def over(self, driver: tuple, result: str) -> None:
        link, number = driver
        self.say(link, {"n": number, "result": result, "bolt": self.lock.bolt, "door": self.lock.door})

    def tell(self, entry: dict) -> None:
        for link in list(self.attached):
            self.say(link, entry)

    def say(self, link: socket.socket, message: dict) -> None:
        if self.lock.settings["quiet"]:
            return
        try:
            link.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            self.hang_up(link)

    def hang_up(self, link: socket.socket) -> None:
        self.attached.discard(link)
        if self.buffers.pop(link, None) is not None:
            self.selector.unregister(link)
            link.close()


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--stay"]
    if len(arguments) != 1:
        sys.exit("usage: stand_in.py [--stay] FOLDER")
    Server(arguments[0], hears_kit=len(sys.argv) == 2).run()
