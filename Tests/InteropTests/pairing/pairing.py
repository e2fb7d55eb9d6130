#!/usr/bin/python3
"""An adapter that finds two locks and pairs by asking each kind of question; what it does wrong is said by its configuration."""

import threading
import time

from lockbridge_adapter import CREDENTIAL_REJECTED, NOT_PAIRED, UNREACHABLE, Adapter, AdapterError, now, run

CAPABILITIES = {
    "lock": True, "unlock": True, "unlatch": False, "timedUnlock": {"min": 1, "max": 60}, "autoRelock": None, "doorSensor": False,
    "battery": False, "jam": False, "codes": None, "schedules": None, "log": False, "actor": False, "settings": {},
    "connectMilliseconds": 100, "motorMilliseconds": 100,
}


class Pairing(Adapter):
    name, version = "pairing", "1.0.0"

    def start(self, config, state, host):
        self.host, self.manner, self.state = host, config.get("manner", "honest"), state
        self.keys, self.bolts = {}, {}
        if self.manner == "blobs":
            threading.Thread(target=self.keep_blobs, daemon=True).start()

    def keep_blobs(self):
        """Says what became of each try to keep something large."""

        def tried(name, body):
            try:
                self.host.log("notice", f"BLOB {name} {body()}")
            except AdapterError as error:
                self.host.log("notice", f"BLOB {name} error {error.code}")

        data = bytes(number * 7 % 251 for number in range(100_000))
        try:
            tried("before", lambda: "same" if self.host.get_blob("backup") == data else "other")
        finally:
            tried("put", lambda: self.host.put_blob("backup", data) or "done")
            tried("get", lambda: "same" if self.host.get_blob("backup") == data else "other")
            tried("large", lambda: self.host.put_blob("large", bytes(1_048_577)) or "done")
            tried("gap", lambda: self.host.request("blob.put", {"blob": "gap", "offset": 5, "data": "AAAA", "last": True}, 10))
            tried("name", lambda: self.host.request("blob.put", {"blob": "../seal", "offset": 0, "data": "AAAA", "last": True}, 10))
            for number in range(7):
                self.host.put_blob(f"b{number}", b"x")
            tried("ninth", lambda: self.host.put_blob("ninth", b"x") or "done")

    def start_pairing(self, options, desk):
        if options.get("refuse"):
            raise AdapterError(CREDENTIAL_REJECTED, "the vendor does not know these words")
        desk.found("one", "Front \x1b[2J\x1b[31mdoor" if self.manner == "escapes" else "Front", "Question lock", -61)
        threading.Timer(0.2, lambda: desk.found("two", "Back", "Question lock", -80)).start()
        if self.manner == "thousandFound":
            for number in range(40):
                desk.found(f"more-{number}", "x" * 300, "m" * 300)

    def choose(self, candidate, desk):
        getattr(self, f"choose_{self.manner}", self.choose_honest)(candidate, desk)
        return {
            "vendorState": {"key": f"key-of-{candidate}-{time.time_ns()}", "pad": "x" * (20_000 if self.manner == "largeState" else 0)},
            "capabilities": CAPABILITIES, "model": "Question lock", "firmware": "1.2.3",
        }

    def choose_honest(self, candidate, desk):
        desk.progress(1, 3, "connecting")
        if desk.prompt("press", "Press the button on the lock for five seconds.") is not True:
            raise AdapterError(CREDENTIAL_REJECTED, "the button was not pressed")
        desk.progress(2, 3, "exchanging keys")
        if desk.prompt("pin", "The PIN of the lock?", secret=True) != "123456":
            raise AdapterError(CREDENTIAL_REJECTED, "the lock refused the PIN")
        side = desk.prompt("choice", "Which side are the hinges on?", choices=["left", "right"])
        desk.progress(3, 3, f"hinges: {side}")

    def choose_escapes(self, candidate, desk):
        desk.progress(1, 1, "\x1b]0;owned\x07")
        desk.prompt("confirm", "All well?\x1b[2J\r\nlockbridge: paired\u202e")

    def choose_promptFlood(self, candidate, desk):
        while True:
            desk.prompt("confirm", "Really?")

    def choose_promptBeside(self, candidate, desk):
        def ask():
            try:
                desk.prompt("confirm", "One of three")
            except AdapterError:
                pass

        for _ in range(3):
            threading.Thread(target=ask, daemon=True).start()
            time.sleep(0.2)
        time.sleep(60)

    def cancel_pairing(self):
        self.host.log("notice", "pairing was given up")

    def add(self, lock, vendor_state):
        if not vendor_state:
            raise AdapterError(NOT_PAIRED, "it was never paired")
        self.keys[lock] = vendor_state["key"]
        self.host.log("notice", f"added with a key for {vendor_state['key'].split('-')[2]}")
        return {"capabilities": CAPABILITIES, "model": "Question lock", "firmware": "1.2.3"}

    def remove(self, lock):
        self.keys.pop(lock, None)

    def unpair(self, lock):
        if self.manner == "unreachable":
            raise AdapterError(UNREACHABLE, "it is out of reach")
        self.keys.pop(lock)
        self.host.log("notice", f"{lock} was reset")

    def identify(self, lock):
        self.host.log("notice", f"{lock} beeps")

    def operate(self, order):
        order.commit()
        self.bolts[order.lock] = "locked" if order.action == "lock" else "unlocked"
        if order.open_seconds:
            threading.Timer(order.open_seconds, self.relock, [order.lock]).start()
        return {"outcome": "done", "bolt": self.bolts[order.lock], "door": "absent"}

    def relock(self, lock):
        self.bolts[lock] = "locked"
        self.host.observed(lock, "locked", "absent", "auto")

    def read(self, lock):
        return {
            "bolt": self.bolts.get(lock, "locked"), "door": "absent", "battery": {"level": "unknown"}, "jammed": False, "autoRelock": None,
            "observedAt": now(), "confirmedBy": "lockReport",
        }


run(Pairing())
