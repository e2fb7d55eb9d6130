#!/usr/bin/env python3
# SPDX-License-Identifier: MIT-0
"""Drives the virtual lock of stand_in.py. Keep the shape, and put your lock's own protocol in the place of `Link`."""

import json
import socket
import sys
import threading
from typing import Any, Optional

from lockbridge_adapter import (
    BAD_CONFIG, CANCELLED, CREDENTIAL_REJECTED, NOT_PAIRED, UNREACHABLE, Adapter, AdapterError, Desk, Host, Order, now, run)

ANSWER_SECONDS = 2.0
CAPABILITIES = {
    "lock": True, "unlock": True, "unlatch": False, "timedUnlock": {"min": 1, "max": 600},
    "autoRelock": {"min": 1, "max": 600, "waitsForDoor": False}, "doorSensor": True, "battery": True, "jam": True, "log": True,
    "actor": True, "codes": {"slots": 10, "firstSlot": 1, "lengthMin": 4, "lengthMax": 8, "readBack": "full"},
    "connectMilliseconds": 200, "motorMilliseconds": 300,
}


class Link:
    """The one link to the lock: questions with their answers, and what the lock tells unasked."""

    def __init__(self, path: str, on_event: Any):
        self.path = path
        self.on_event = on_event
        self.mutex = threading.Lock()
        self.socket: Optional[socket.socket] = None
        self.number = 0
        self.waiting: dict = {}
        self.last_seen: Optional[int] = None
        self.is_wanted = False

    def ask(self, request: dict, seconds: Optional[float] = ANSWER_SECONDS, before_send: Any = None) -> dict:
        """Asks and waits. `before_send` is called when the link stands, right before the first byte."""
        self.connect()
        answered, box = threading.Event(), {}
        with self.mutex:
            self.number += 1
            number = self.number
            self.waiting[number] = (answered, box)
        try:
            if before_send:
                before_send()
            self.send(dict(request, n=number))
            if not answered.wait(seconds) or "answer" not in box:
                raise AdapterError(UNREACHABLE, "the lock does not answer")
            return box["answer"]
        finally:
            with self.mutex:
                self.waiting.pop(number, None)

    def connect(self) -> None:
        with self.mutex:
            self.is_wanted = True
            if self.socket:
                return
            link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                link.connect(self.path)
            except OSError as error:
                link.close()
                raise AdapterError(UNREACHABLE, "the lock is out of reach") from error
            self.socket = link
        threading.Thread(target=self.listen, args=(link,), daemon=True).start()
        self.send({"do": "attach", "after": self.last_seen})

    def send(self, request: dict) -> None:
        with self.mutex:
            try:
                if not self.socket:
                    raise OSError("no link")
                self.socket.sendall(json.dumps(request).encode() + b"\n")
            except OSError as error:
                raise AdapterError(UNREACHABLE, "the link to the lock broke") from error

    def listen(self, link: socket.socket) -> None:
        try:
            for line in link.makefile("rb"):
                message = json.loads(line)
                if "n" in message:
                    with self.mutex:
                        waiter = self.waiting.pop(message["n"], None)
                    if waiter:
                        waiter[1]["answer"] = message
                        waiter[0].set()
                elif "event" in message:
                    self.event(message)
        except OSError:
            pass
        with self.mutex:
            if self.socket is link:
                self.socket = None
            lost, self.waiting = self.waiting, {}
        link.close()
        for answered, _ in lost.values():
            answered.set()
        self.meet_again()

    def event(self, message: dict) -> None:
        is_head = message["event"] == "head"
        if not is_head and self.last_seen is not None and message["index"] <= self.last_seen:
            return
        if is_head and self.last_seen is not None:
            return
        self.last_seen = message["index"]
        if not is_head:
            self.on_event(message)

    def meet_again(self) -> None:
        """Listens on after the lock hung up, unless nobody wants the link."""
        while self.is_wanted:
            try:
                return self.connect()
            except AdapterError:
                threading.Event().wait(0.5)

    def close(self) -> None:
        self.is_wanted = False
        with self.mutex:
            if self.socket:
                self.socket.shutdown(socket.SHUT_RDWR)
            self.socket = None


class TemplateAdapter(Adapter):
    name = "template-python"
    version = "0.1.0"

    def start(self, config: dict, state: Optional[dict], host: Host) -> None:
        if not isinstance(config.get("socket"), str):
            raise AdapterError(BAD_CONFIG, "socket: missing")
        self.path = config["socket"]
        self.host = host
        self.links: dict = {}
        self.found_relock: dict = {}

    def start_pairing(self, options: dict, desk: Desk) -> None:
        # One lock, at the place the configuration names; a radio would tell each lock it hears.
        desk.found(self.path, "Template", "Template")

    def choose(self, candidate: str, desk: Desk) -> dict:
        if candidate != self.path:
            raise AdapterError(NOT_PAIRED, "no such lock was found")
        if not desk.prompt("press", "Press the button inside the lock."):
            raise AdapterError(CANCELLED, "the button was not pressed")
        desk.progress(1, 2, "asking for a key")
        pin = desk.prompt("pin", "The PIN on the lock's label?", secret=True)
        link = Link(self.path, lambda event: None)
        try:
            key = link.ask({"do": "pair", "pin": pin})["key"]
        finally:
            link.close()
        if key is None:
            raise AdapterError(CREDENTIAL_REJECTED, "the lock refused the PIN")
        return {"vendorState": {"key": key}, "capabilities": CAPABILITIES, "model": "Template", "firmware": None}

    def add(self, lock: str, vendor_state: Optional[dict]) -> dict:
        if lock not in self.links:
            self.links[lock] = Link(self.path, lambda event: self.tell(lock, event))
        state = self.ask(lock, {"do": "read"})
        self.found_relock.setdefault(lock, state["autoRelock"])
        return {"capabilities": CAPABILITIES, "model": "Template", "firmware": state["firmware"]}

    def remove(self, lock: str) -> None:
        link = self.links.pop(lock, None)
        if link:
            link.close()

    def operate(self, order: Order) -> dict:
        request = {"do": "drive", "action": order.action, "openSeconds": order.open_seconds, "operation": order.operation}
        # The lock answers once its motor has stopped.
        answer = self.links[order.lock].ask(request, seconds=None, before_send=order.commit)
        reason = {"jam": "lockJammed", "blocked": "doorOpen", "busy": "busy", "refused": "busy"}.get(answer["result"])
        outcome = "done" if answer["result"] == "done" else "failed"
        return {"outcome": outcome, "bolt": answer["bolt"], "door": answer["door"], "reason": reason}

    def read(self, lock: str) -> dict:
        state = self.ask(lock, {"do": "read"})
        return {
            "bolt": state["bolt"], "door": state["door"], "battery": {"percent": state["battery"], "level": "ok"},
            "jammed": state["jammed"], "autoRelock": state["autoRelock"], "firmware": state["firmware"], "observedAt": now(),
            "confirmedBy": "boltAndDoor",
        }

    def configure(self, lock: str, armed: bool, seconds: int) -> dict:
        self.ask(lock, {"do": "relock", "armed": armed, "seconds": seconds})
        read_back = self.ask(lock, {"do": "read"})["autoRelock"]
        is_set = read_back["armed"] == armed and read_back["seconds"] == seconds
        return {"state": "set" if is_set else "failed", "autoRelock": read_back}

    def drop(self, lock: str) -> None:
        if lock in self.links:
            self.links[lock].close()

    def set_code(self, lock: str, slot: int, code: str) -> str:
        self.ask(lock, {"do": "code", "slot": slot, "code": code})
        stored = self.code_in(lock, slot)
        if stored == code:
            return "set"
        return "unverified" if stored is not None and set(stored) == {"*"} else "failed"

    def clear_code(self, lock: str, slot: int) -> str:
        self.ask(lock, {"do": "code", "slot": slot, "code": None})
        return "cleared" if self.code_in(lock, slot) is None else "failed"

    def list_codes(self, lock: str) -> list:
        codes = self.ask(lock, {"do": "codes"})["codes"]
        return [{"slot": entry["slot"], "code": None if set(entry["code"]) == {"*"} else entry["code"], "ours": True} for entry in codes]

    def unpair(self, lock: str) -> None:
        for entry in self.ask(lock, {"do": "codes"})["codes"]:
            self.ask(lock, {"do": "code", "slot": entry["slot"], "code": None})
        found = self.found_relock.pop(lock)
        self.ask(lock, {"do": "relock", "armed": found["armed"], "seconds": found["seconds"]})
        self.remove(lock)

    def code_in(self, lock: str, slot: int) -> Optional[str]:
        codes = self.ask(lock, {"do": "codes"})["codes"]
        return next((entry["code"] for entry in codes if entry["slot"] == slot), None)

    def ask(self, lock: str, request: dict) -> dict:
        return self.links[lock].ask(request)

    def tell(self, lock: str, event: dict) -> None:
        """Passes on what the lock did, unless this adapter had it done."""
        if event.get("operation") is not None:
            return
        actor = {"kind": "keypadUser", "ref": str(event["slot"])} if event.get("slot") is not None else None
        self.host.observed(
            lock, event["bolt"], event["door"], event["source"], actor=actor, logIndex=event["index"], epoch=event["epoch"])


if __name__ == "__main__":
    run(TemplateAdapter())
    sys.exit(1)
