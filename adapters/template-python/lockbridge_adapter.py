# SPDX-License-Identifier: MIT-0
# Copy this file into your adapter; it needs nothing but Python 3.9.
"""Speaks Lockbridge's adapter protocol, version 1, on standard input and output, so that an adapter has only its lock to care for.

Derive from `Adapter`, then call `run(YourAdapter())` last in the program. Methods are called from threads and may block; several may run at
once, but never two operations on one lock. What this file keeps for you: phases, one answer for each request, health, time to live, cancelling,
`lock.drop`, one try on the motor for each operation id, the pace of notifications, and the end of the process.
"""

from __future__ import annotations

import base64
import json
import os
import queue
import re
import sys
import threading
import time
from collections import OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any, Callable, Optional

MAXIMUM_LINE = 65_536
MAXIMUM_DEPTH = 16
REMEMBERED_OPERATIONS = 256
LONGEST_TTL = 40_000
DRAIN_SECONDS = 1.0
BLOB_PIECE = 36_864

UNREACHABLE, NOT_PAIRED, BUSY, UNSUPPORTED, BAD_CONFIG = 1000, 1001, 1002, 1003, 1004
CREDENTIAL_REJECTED, RADIO_UNAVAILABLE, CANCELLED, EXPIRED = 1005, 1006, 1007, 1008
INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL = -32600, -32601, -32602, -32603


class AdapterError(Exception):
    """Why something could not be done. From `operate` it means that the lock got nothing. No secrets in the words."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code
        self.message = message


def now() -> str:
    """The time as the protocol writes it."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Order:
    """One order to move a motor. Call `commit()` right before the first byte that can move it; it raises where it is too late."""

    def __init__(self, params: dict, deadline: float):
        self.operation: str = params["operation"]
        self.lock: str = params["lock"]
        self.action: str = params["action"]
        self.open_seconds: Optional[int] = params.get("openSeconds")
        self.deadline = deadline
        self.is_committed = False
        self._taken_back: Optional[int] = None
        self._gate = threading.Lock()

    def seconds_left(self) -> float:
        return max(0.0, self.deadline - time.monotonic())

    def commit(self) -> None:
        with self._gate:
            if self._taken_back is None and not self.is_committed and time.monotonic() >= self.deadline:
                self._taken_back = EXPIRED
            if self._taken_back is not None:
                raise AdapterError(self._taken_back, "taken back before anything was sent")
            self.is_committed = True

    def take_back(self, code: int) -> bool:
        """Whether that came before `commit()`."""
        with self._gate:
            if not self.is_committed and self._taken_back is None:
                self._taken_back = code
            return not self.is_committed


class Adapter:
    """What an adapter of one kind of lock has to say."""

    #: As in adapter.json.
    name = ""
    version = ""

    def start(self, config: dict, state: Optional[dict], host: "Host") -> None:
        """Takes the configuration. Raise `AdapterError(BAD_CONFIG, ...)` for one that can't work; don't wait for devices here."""

    def add(self, lock: str, vendor_state: Optional[dict]) -> dict:
        """Takes a lock on: `{"capabilities": {...}, "model": "...", "firmware": None}`."""
        raise NotImplementedError

    def remove(self, lock: str) -> None:
        """Forgets a lock here and changes nothing in it."""

    def operate(self, order: Order) -> dict:
        """Moves the motor once: `{"outcome": "done" | "failed" | "unknown", "bolt": ..., "door": ..., "reason": ...}`.

        `done` only by the lock's own report after its motor stopped."""
        raise NotImplementedError

    def read(self, lock: str) -> dict:
        """Reads the lock itself, not a cache."""
        raise NotImplementedError

    def configure(self, lock: str, armed: bool, seconds: int) -> dict:
        """Sets the lock's own auto-relock and reads it back: `{"state": "set" | "failed", "autoRelock": {...}}`."""
        raise AdapterError(UNSUPPORTED, "this adapter changes no settings")

    def drop(self, lock: str) -> None:
        """Closes the link to the lock and forgets what waits to be written; the next call connects again."""

    def set_code(self, lock: str, slot: int, code: str) -> str:
        """Writes a code and reads it back: "set", "unverified", "failed" or "unknown"."""
        raise AdapterError(UNSUPPORTED, "this lock has no codes")

    def clear_code(self, lock: str, slot: int) -> str:
        """Removes a code: "cleared", "failed" or "unknown"."""
        raise AdapterError(UNSUPPORTED, "this lock has no codes")

    def list_codes(self, lock: str) -> list:
        """All codes in the lock: `[{"slot": 1, "code": "1234" or None, "ours": True}]`."""
        raise AdapterError(UNSUPPORTED, "this lock has no codes")

    def start_pairing(self, options: dict, desk: "Desk") -> None:
        """Begins to look for locks and returns; each is told by `desk.found(...)`, from any thread."""
        raise AdapterError(UNSUPPORTED, "this adapter does not pair")

    def choose(self, candidate: str, desk: "Desk") -> dict:
        """Pairs with one of the found: `{"vendorState": {...}, "capabilities": {...}, "model": "...", "firmware": None}`.

        `desk.prompt(...)` asks the person at the lock; `desk.is_cancelled` turns true when the pairing was given up."""
        raise AdapterError(UNSUPPORTED, "this adapter does not pair")

    def cancel_pairing(self) -> None:
        """Stops looking."""

    def identify(self, lock: str) -> None:
        """Has the lock beep or blink; never its motor."""
        raise AdapterError(UNSUPPORTED, "this lock can't show itself")

    def unpair(self, lock: str) -> None:
        """Removes what was set in the lock, puts its auto-relock back, and forgets it."""
        raise AdapterError(UNSUPPORTED, "this adapter does not pair")


class Host:
    """What an adapter may say unasked, from any thread. It goes below the rate at which the gateway ends an adapter (50 in 1 s, 600 in 60 s):
    40 at once, then 9 a second. Of a lock's observations without a log index only the newest waits; of log lines 256."""

    BURST, PER_SECOND, WAITING, WAITING_LOGS = 40, 9.0, 16_384, 256

    def __init__(self, write: Callable[[dict], None], request: Callable[[str, dict, float], dict]):
        self._write = write
        self.request = request
        self._waiting: deque = deque()
        self._changed = threading.Condition()
        self._is_closed = False
        threading.Thread(target=self._pace, daemon=True).start()

    def observed(self, lock: str, bolt: str, door: str, source: str = "unspecified", **more: Any) -> None:
        """Tells what a lock did that was not this adapter's own operation. `more`: battery, actor, logIndex, epoch, at, clock."""
        params = {"lock": lock, "bolt": bolt, "door": door, "source": source, "at": now()}
        params.update({key: value for key, value in more.items() if value is not None})
        self._say("lock.observed", params)

    def log(self, level: str, text: str) -> None:
        """Writes a line into the gateway's log: debug, info, notice, warning or error. No secrets, no codes."""
        self._say("log", {"level": level, "text": text[:1000]})

    def save_state(self, state: dict, lock: Optional[str] = None) -> None:
        """Has the gateway seal the adapter's state, or a lock's; returns when it is stored. At most one a second."""
        params = {"scope": "lock", "lock": lock, "state": state} if lock else {"scope": "adapter", "state": state}
        self.request("state.put", params, 30.0)

    def put_blob(self, name: str, data: bytes) -> None:
        """Has the gateway keep something larger, sealed: at most 1 MiB, 8 of them."""
        pieces = [data[at:at + BLOB_PIECE] for at in range(0, len(data), BLOB_PIECE)] or [b""]
        for index, piece in enumerate(pieces):
            text = base64.urlsafe_b64encode(piece).rstrip(b"=").decode()
            last = index == len(pieces) - 1
            self.request("blob.put", {"blob": name, "offset": index * BLOB_PIECE, "data": text, "last": last}, 30.0)

    def get_blob(self, name: str) -> bytes:
        """What `put_blob` kept."""
        data = b""
        while True:
            piece = self.request("blob.get", {"blob": name, "offset": len(data)}, 30.0)
            data += base64.urlsafe_b64decode(piece["data"] + "=" * (-len(piece["data"]) % 4))
            if len(data) >= piece["size"]:
                return data

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def _say(self, method: str, params: dict) -> None:
        with self._changed:
            if method == "log" and sum(1 for waiting in self._waiting if waiting[0] == "log") >= self.WAITING_LOGS:
                return
            if method == "lock.observed" and "logIndex" not in params:
                older = [w for w in self._waiting if w[0] == method and w[1]["lock"] == params["lock"] and "logIndex" not in w[1]]
                for waiting in older:
                    self._waiting.remove(waiting)
            if len(self._waiting) >= self.WAITING:
                self._waiting.popleft()
            self._waiting.append((method, params))
            self._changed.notify()

    def _pace(self) -> None:
        credit, at = float(self.BURST), time.monotonic()
        while True:
            with self._changed:
                while not self._waiting and not self._is_closed:
                    self._changed.wait()
                if self._is_closed:
                    return
                moment = time.monotonic()
                credit, at = min(float(self.BURST), credit + (moment - at) * self.PER_SECOND), moment
                if credit < 1:
                    self._changed.wait((1 - credit) / self.PER_SECOND)
                    continue
                credit -= 1
                method, params = self._waiting.popleft()
            self._write({"jsonrpc": "2.0", "method": method, "params": params})


class Desk:
    """The person who pairs, at the other end of the gateway."""

    def __init__(self, host: Host):
        self._host = host
        self.is_cancelled = False

    def found(self, candidate: str, name: str, model: str, rssi: Optional[int] = None) -> None:
        """Tells of a lock that could be paired; again where something changed."""
        params = {"candidate": candidate, "name": name, "model": model}
        if rssi is not None:
            params["rssi"] = rssi
        self._host._say("pair.found", params)

    def progress(self, step: int, of: int, text: str) -> None:
        """Tells how far pairing got."""
        self._host._say("pair.progress", {"step": step, "of": of, "text": text})

    def prompt(self, kind: str, text: str, choices: Optional[list] = None, seconds: int = 120, secret: bool = False) -> Any:
        """Asks, and waits: the answer, or an error where nobody gave one. `kind`: confirm, choice, number, passkey, pin, dsk, qr, press, text."""
        params = {"kind": kind, "text": text, "seconds": seconds, "secret": secret}
        if choices is not None:
            params["choices"] = choices
        result = self._host.request("prompt", params, seconds + 5.0)
        if result.get("cancelled") or self.is_cancelled:
            raise AdapterError(CANCELLED, "nobody answered")
        return result["answer"]


class _Known:
    """A lock that was added: what it can do, and the outcomes of its last operations."""

    def __init__(self, capabilities: dict):
        self.capabilities = capabilities
        self.outcomes: "OrderedDict[str, tuple]" = OrderedDict()
        self.running: Optional["_Running"] = None


class _Running:
    def __init__(self, order: Order, call: "_Call"):
        self.order = order
        self.waiters = [call]


class _Call:
    """An open request."""

    def __init__(self, id: Any, method: str, lock: Optional[str]):
        self.id = id
        self.method = method
        self.lock = lock


class Session:
    """One conversation with the gateway. All its state changes under one mutex; adapters are called outside of it."""

    CANCELLABLE = {"lock.read", "lock.add", "code.list"}

    def __init__(self, adapter: Adapter, input: Any = None, output: Any = None):
        self.adapter = adapter
        self.input = input or sys.stdin.buffer
        self.output = output or sys.stdout.buffer
        self.mutex = threading.RLock()
        self.output_mutex = threading.Lock()
        self.phase = "greeting"
        self.open: dict = {}
        self.locks: dict = {}
        self.pool = ThreadPoolExecutor(max_workers=8)
        self.host: Optional[Host] = None
        self.desk: Optional[Desk] = None
        self.asked: dict = {}
        self.last_request = 0
        self.methods: dict = {
            "lock.add": self.lock_add, "lock.remove": self.lock_remove, "lock.operate": self.lock_operate, "lock.read": self.lock_read,
            "lock.configure": self.lock_configure, "lock.drop": self.lock_drop, "code.set": self.code_set, "code.clear": self.code_clear,
            "code.list": self.code_list, "unpair": self.unpair, "identify": self.identify,
            "pair.start": self.pair_start, "pair.choose": self.pair_choose, "pair.cancel": self.pair_cancel,
        }

    # Lines

    def run(self) -> int:
        """Speaks until `shutdown` or the end of standard input; gives the exit status."""
        while True:
            line = self.input.readline(MAXIMUM_LINE + 2)
            if not line:
                self.drain(None)
                return 0
            if not line.endswith(b"\n"):
                return self.give_up("a line that is too long, or has no end")
            try:
                message = parse(line[:-1])
            except ValueError as error:
                return self.give_up(f"a line that is no message: {error}")
            if not self.receive(message):
                return 0 if self.phase == "draining" else 1

    def give_up(self, why: str) -> int:
        print(f"the gateway sent {why}", file=sys.stderr, flush=True)
        return 1

    def receive(self, message: dict) -> bool:
        """Takes one message; `False` where it was the last."""
        id, method = message.get("id"), message.get("method")
        params = message.get("params")
        params = params if isinstance(params, dict) else {}
        if method is None:
            with self.mutex:
                waiting = self.asked.pop(id, None)
            if waiting:
                waiting.put(message)
            return True
        if id is None:
            if method == "$/cancel":
                self.cancel(params.get("id"))
            return True
        call = _Call(id, method, params.get("lock") if isinstance(params.get("lock"), str) else None)
        with self.mutex:
            self.open[id] = call
        if method == "shutdown":
            self.drain(call)
            return False
        try:
            if method == "initialize":
                return self.initialize(call, params)
            if method == "health":
                self.answer(call, {})
            elif self.phase != "ready":
                raise AdapterError(INVALID_REQUEST, "initialize comes first")
            elif method in self.methods:
                self.methods[method](call, params)
            else:
                raise AdapterError(METHOD_NOT_FOUND, f"no method {method[:64]}")
        except AdapterError as error:
            self.fail(call, error.code, error.message)
        return True

    def write(self, message: dict) -> None:
        line = json.dumps(message, separators=(",", ":")).encode("ascii")
        with self.output_mutex:
            self.output.write(line + b"\n")
            self.output.flush()

    def answer(self, call: _Call, result: dict) -> None:
        """Answers a request, unless it was answered already."""
        with self.mutex:
            if self.open.pop(call.id, None) is not call:
                return
        self.write({"jsonrpc": "2.0", "id": call.id, "result": result})

    def fail(self, call: _Call, code: int, message: str) -> None:
        with self.mutex:
            if self.open.pop(call.id, None) is not call:
                return
        self.write({"jsonrpc": "2.0", "id": call.id, "error": {"code": code, "message": message}})

    def request(self, method: str, params: dict, seconds: float) -> dict:
        """Asks the gateway, from any thread but the one that reads; before `initialize` was answered it waits."""
        while self.phase == "greeting":
            time.sleep(0.005)
        waiting: "queue.Queue" = queue.Queue()
        with self.mutex:
            self.last_request += 1
            id = self.last_request
            self.asked[id] = waiting
        self.write({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        try:
            message = waiting.get(timeout=seconds)
        except queue.Empty:
            raise AdapterError(EXPIRED, f"{method}: the gateway did not answer")
        if "error" in message:
            raise AdapterError(message["error"]["code"], message["error"]["message"])
        return message["result"]

    # Beginning and end

    def initialize(self, call: _Call, params: dict) -> bool:
        if self.phase != "greeting":
            raise AdapterError(INVALID_REQUEST, "initialize was answered before")
        versions = params.get("protocolVersions")
        if not isinstance(versions, list) or 1 not in versions:
            self.fail(call, INVALID_PARAMS, "protocolVersions: this adapter speaks 1")
            return False
        held: list = []
        self.host = Host(self.write_after(held), self.request)
        self.adapter.start(params.get("config") or {}, params.get("adapterState"), self.host)
        self.answer(call, {"protocolVersion": 1, "name": self.adapter.name, "version": self.adapter.version})
        self.phase = "ready"
        held.append(True)
        return True

    def write_after(self, ready: list) -> Callable[[dict], None]:
        """Writes notifications once `initialize` was answered, and none after the end began."""

        def write(message: dict) -> None:
            while not ready:
                time.sleep(0.005)
            if self.phase == "ready":
                self.write(message)

        return write

    def drain(self, shutdown: Optional[_Call]) -> None:
        """Lets open requests end for a second, fails the rest, answers `shutdown` last."""
        self.phase = "draining"
        if self.host:
            self.host.close()
        end = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < end and any(call is not shutdown for call in self.calls()):
            time.sleep(0.01)
        for call in self.calls():
            if call is not shutdown:
                self.withdraw(call, CANCELLED)
        if shutdown:
            self.answer(shutdown, {})

    def calls(self) -> list:
        with self.mutex:
            return list(self.open.values())

    # Stopping

    def cancel(self, id: Any) -> None:
        with self.mutex:
            call = self.open.get(id) if isinstance(id, (str, int)) else None
            known = self.locks.get(call.lock) if call and call.method == "lock.operate" else None
            running = known.running if known else None
        if call and call.method in self.CANCELLABLE:
            self.fail(call, CANCELLED, "cancelled")
        elif running and running.order.take_back(CANCELLED):
            self.end_operation(running, error=(CANCELLED, "cancelled"))

    def withdraw(self, call: _Call, code: int) -> None:
        """Answers a request that has not ended: with an error where nothing was sent, else as unknown."""
        with self.mutex:
            known = self.locks.get(call.lock) if call.method == "lock.operate" else None
            running = known.running if known else None
        if running and call in running.waiters:
            self.give_up_operation(running, code)
        else:
            self.fail(call, code, "stopped")

    def give_up_operation(self, running: _Running, code: int) -> None:
        if running.order.take_back(code):
            self.end_operation(running, error=(code, "stopped before anything was sent"))
        else:
            self.end_operation(running, report={"outcome": "unknown", "bolt": "unknown", "door": "unknown", "reason": "timeout"})

    # Locks

    def known(self, params: dict) -> _Known:
        lock = need(params, "lock", str)
        with self.mutex:
            if lock not in self.locks:
                raise AdapterError(NOT_PAIRED, "the lock was not added")
            return self.locks[lock]

    def work(self, call: _Call, body: Callable[[], dict], own_thread: bool = False) -> None:
        """Calls the adapter in another thread, and answers with what comes of it."""

        def perform() -> None:
            try:
                self.answer(call, body())
            except AdapterError as error:
                self.fail(call, error.code, error.message)
            except Exception as error:
                print(f"{call.method}: {error!r}", file=sys.stderr, flush=True)
                self.fail(call, INTERNAL, type(error).__name__)

        if own_thread:
            threading.Thread(target=perform, daemon=True).start()
        else:
            self.pool.submit(perform)

    def lock_add(self, call: _Call, params: dict) -> None:
        lock = need(params, "lock", str)

        def add() -> dict:
            added = self.adapter.add(lock, params.get("vendorState"))
            with self.mutex:
                if lock in self.locks:
                    self.locks[lock].capabilities = added["capabilities"]
                else:
                    self.locks[lock] = _Known(added["capabilities"])
            return added

        self.work(call, add)

    def lock_remove(self, call: _Call, params: dict) -> None:
        self.known(params)
        self.stop_calls(call)
        with self.mutex:
            self.locks.pop(params["lock"], None)
        self.work(call, lambda: self.adapter.remove(params["lock"]) or {}, own_thread=True)

    def lock_read(self, call: _Call, params: dict) -> None:
        self.known(params)
        self.work(call, lambda: self.adapter.read(params["lock"]))

    def lock_configure(self, call: _Call, params: dict) -> None:
        known = self.known(params)
        setting = need(params, "autoRelock", dict)
        armed, seconds = need(setting, "armed", bool), need(setting, "seconds", int)
        limits = known.capabilities.get("autoRelock")
        if not limits:
            raise AdapterError(UNSUPPORTED, "the lock has no auto-relock")
        if armed and not limits["min"] <= seconds <= limits["max"]:
            raise AdapterError(INVALID_PARAMS, "autoRelock.seconds is out of the lock's range")
        self.work(call, lambda: self.adapter.configure(params["lock"], armed, seconds), own_thread=True)

    def lock_drop(self, call: _Call, params: dict) -> None:
        known = self.known(params)
        dropped = known.running
        self.stop_calls(call)

        def drop() -> dict:
            self.adapter.drop(params["lock"])
            with self.mutex:
                if known.running is dropped:
                    known.running = None
            return {}

        self.work(call, drop, own_thread=True)

    def stop_calls(self, cause: _Call) -> None:
        for call in self.calls():
            if call is not cause and call.lock == cause.lock:
                self.withdraw(call, CANCELLED)

    # Operating

    def lock_operate(self, call: _Call, params: dict) -> None:
        operation, action = need(params, "operation", str), need(params, "action", str)
        if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", operation):
            raise AdapterError(INVALID_PARAMS, "operation: not an operation id")
        known = self.known(params)
        ttl = need(params, "ttlMilliseconds", int)
        order = Order(params, time.monotonic() + ttl / 1000)
        self.check(order, ttl, known.capabilities)
        with self.mutex:
            if operation in known.outcomes:
                first, result = known.outcomes[operation]
                if first != action:
                    raise AdapterError(INVALID_PARAMS, "operation: this id was used for another action")
                return self.answer(call, result)
            if known.running:
                if known.running.order.operation != operation:
                    raise AdapterError(BUSY, "another operation runs")
                if known.running.order.action != action:
                    raise AdapterError(INVALID_PARAMS, "operation: this id is used for another action")
                if not known.running.waiters:
                    raise AdapterError(BUSY, "this operation was given up and has not ended")
                known.running.waiters.append(call)
                return
            running = known.running = _Running(order, call)
        threading.Thread(target=self.make, args=(known, running), daemon=True).start()

    def check(self, order: Order, ttl: int, capabilities: dict) -> None:
        if order.action not in ("lock", "unlock", "unlatch"):
            raise AdapterError(INVALID_PARAMS, "action: unknown")
        if not 1 <= ttl <= LONGEST_TTL:
            raise AdapterError(INVALID_PARAMS, f"ttlMilliseconds: not between 1 and {LONGEST_TTL}")
        if not capabilities.get(order.action):
            raise AdapterError(UNSUPPORTED, f"the lock can't {order.action}")
        if order.open_seconds is not None:
            limits = capabilities.get("timedUnlock")
            is_number = isinstance(order.open_seconds, int) and not isinstance(order.open_seconds, bool)
            if order.action == "lock" or not limits or not is_number or not limits["min"] <= order.open_seconds <= limits["max"]:
                raise AdapterError(INVALID_PARAMS, "openSeconds: not supported at this value")

    def make(self, known: _Known, running: _Running) -> None:
        """Makes one try; never another one."""
        order = running.order
        alarm = threading.Timer(order.seconds_left(), lambda: self.give_up_operation(running, EXPIRED))
        alarm.daemon = True
        alarm.start()
        try:
            report = self.adapter.operate(order)
            there = ("locked",) if order.action == "lock" else ("unlocked", "unlatched")
            if report["outcome"] == "done" and report["bolt"] not in there:
                report = dict(report, outcome="unknown", reason="adapterFailed")
            self.end_operation(running, report=report)
        except Exception as error:
            code = error.code if isinstance(error, AdapterError) else INTERNAL
            if order.is_committed:
                print(f"an operation failed after it was sent: {error!r}", file=sys.stderr, flush=True)
                report = {"outcome": "unknown", "bolt": "unknown", "door": "unknown", "reason": "adapterFailed"}
                self.end_operation(running, report=report)
            else:
                self.end_operation(running, error=(code, str(error)))
        finally:
            alarm.cancel()
            with self.mutex:
                if known.running is running:
                    known.running = None

    def end_operation(self, running: _Running, report: Optional[dict] = None, error: Optional[tuple] = None) -> None:
        """Gives all who wait the one outcome, and keeps it."""
        order = running.order
        with self.mutex:
            waiters, running.waiters = running.waiters, []
            if not waiters:
                return
            if report is not None:
                result = {"operation": order.operation, "outcome": report["outcome"], "bolt": report["bolt"], "door": report["door"]}
                if report.get("reason"):
                    result["reason"] = report["reason"]
                known = self.locks.get(order.lock)
                if known:
                    self.remember(known, order, result)
            elif self.locks.get(order.lock) and self.locks[order.lock].running is running:
                self.locks[order.lock].running = None
        for call in waiters:
            if error:
                self.fail(call, *error)
            else:
                self.answer(call, result)

    def remember(self, known: _Known, order: Order, result: dict) -> None:
        known.outcomes[order.operation] = (order.action, result)
        while len(known.outcomes) > REMEMBERED_OPERATIONS:
            known.outcomes.popitem(last=False)
        if known.running and known.running.order is order and result["outcome"] != "unknown":
            known.running = None

    # Codes

    def code_params(self, params: dict) -> tuple:
        limits = self.known(params).capabilities.get("codes")
        slot = need(params, "slot", int)
        if not limits:
            raise AdapterError(UNSUPPORTED, "the lock has no codes")
        if not limits["firstSlot"] <= slot < limits["firstSlot"] + limits["slots"]:
            raise AdapterError(INVALID_PARAMS, "slot: the lock has no such slot")
        return params["lock"], slot, limits

    def code_set(self, call: _Call, params: dict) -> None:
        lock, slot, limits = self.code_params(params)
        code = need(params, "code", str)
        if not re.fullmatch(r"[0-9]+", code) or not limits["lengthMin"] <= len(code) <= limits["lengthMax"]:
            raise AdapterError(INVALID_PARAMS, "code: not digits of a length the lock takes")
        self.work(call, lambda: {"slot": slot, "state": self.adapter.set_code(lock, slot, code)}, own_thread=True)

    def code_clear(self, call: _Call, params: dict) -> None:
        lock, slot, _ = self.code_params(params)
        self.work(call, lambda: {"slot": slot, "state": self.adapter.clear_code(lock, slot)}, own_thread=True)

    def code_list(self, call: _Call, params: dict) -> None:
        self.known(params)
        self.work(call, lambda: {"codes": self.adapter.list_codes(params["lock"])})

    def unpair(self, call: _Call, params: dict) -> None:
        self.known(params)

        def forget() -> dict:
            self.adapter.unpair(params["lock"])
            with self.mutex:
                self.locks.pop(params["lock"], None)
            return {}

        self.work(call, forget, own_thread=True)

    def identify(self, call: _Call, params: dict) -> None:
        self.known(params)
        self.work(call, lambda: self.adapter.identify(params["lock"]) or {}, own_thread=True)

    # Pairing

    def pair_start(self, call: _Call, params: dict) -> None:
        options = need(params, "options", dict)
        if self.host is None:
            raise AdapterError(INVALID_REQUEST, "initialize comes first")
        self.desk = desk = Desk(self.host)
        self.work(call, lambda: self.adapter.start_pairing(options, desk) or {}, own_thread=True)

    def pair_choose(self, call: _Call, params: dict) -> None:
        candidate, desk = need(params, "candidate", str), self.desk
        if desk is None:
            raise AdapterError(INVALID_REQUEST, "pair.start comes first")
        self.work(call, lambda: self.adapter.choose(candidate, desk), own_thread=True)

    def pair_cancel(self, call: _Call, params: dict) -> None:
        if self.desk:
            self.desk.is_cancelled = True
        self.desk = None
        self.adapter.cancel_pairing()
        self.answer(call, {})
        for open in self.calls():
            if open.method == "pair.choose":
                self.fail(open, CANCELLED, "given up")


def need(params: dict, key: str, kind: type) -> Any:
    """A member that has to be there, of its type."""
    value = params.get(key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise AdapterError(INVALID_PARAMS, f"{key}: missing, or not of its type")
    return value


def parse(line: bytes) -> dict:
    """Reads one line, strictly: UTF-8, no key twice, whole numbers, 16 containers deep at most."""

    def members(pairs: list) -> dict:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise ValueError("a key stands twice")
        return result

    def refuse(text: str) -> None:
        raise ValueError("a number that is not whole")

    message = json.loads(line.decode("utf-8"), object_pairs_hook=members, parse_float=refuse, parse_constant=refuse)
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise ValueError("not a JSON-RPC 2.0 object")
    if depth(message) > MAXIMUM_DEPTH:
        raise ValueError("nested too deep")
    return message


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max((depth(member) for member in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((depth(element) for element in value), default=0)
    return 0


def run(adapter: Adapter) -> None:
    """Speaks with the gateway until it says `shutdown` or closes standard input, then ends the process, whatever still runs in it."""
    status = Session(adapter).run()
    sys.stderr.flush()
    os._exit(status)
