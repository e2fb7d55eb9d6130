"""The Nuki adapter's own process with the gateway's radio process and a virtual lock, and a test in the core's place between them."""

import contextlib
import json
import threading

from ble import Air, Lines, Radio, Refused
from house_site import BIN

LOCK = "front"


class Adapter(Lines):
    """`lockbridge-adapter-nuki`: its requests to the radio are passed on, its questions answered, its state kept."""

    def __init__(self, radio, answers=(), config=None, program=BIN):
        self.radio, self.answers, self.kept = radio, list(answers), {}
        self.asked = []
        self.count = 0
        self.lock = threading.Lock()
        super().__init__(program / "lockbridge-adapter-nuki")
        radio.listener = self._radio_said
        limits = {"inFlight": 16, "observedPerSecond": 10, "lineBytes": 65536}
        self.ask("initialize", protocolVersions=[1], gateway="gw-aaaaaaaaaaaaaaaa", config=config or {"pairAs": "bridge"}, adapterState=None, limits=limits)

    def say(self, message):
        with self.lock:
            super().say(message)

    def heard(self, line):
        """What it asks of its core."""
        method = line.get("method", "")
        if "id" not in line or not method:
            return
        if method.startswith("radio."):
            params = line["params"]
            if method == "radio.connect":
                self.radio.allow(params["peer"])
            self.radio.pass_on(method, params, lambda answer: self._pass(answer | {"id": line["id"]}))
        elif method == "prompt":
            self.asked.append(line["params"])
            result = {"answer": self.answers.pop(0)} if self.answers else {"cancelled": True}
            self.say({"jsonrpc": "2.0", "id": line["id"], "result": result})
        elif method == "state.put":
            self.kept[line["params"].get("lock")] = line["params"]["state"]
            self.say({"jsonrpc": "2.0", "id": line["id"], "result": {}})

    def _radio_said(self, line):
        if line["method"] in ("radio.advertisement", "radio.notified", "radio.disconnected"):
            self._pass(line)

    def _pass(self, line):
        with contextlib.suppress(BrokenPipeError, ValueError):  # it has ended meanwhile
            self.say(line)

    # What a core asks.

    def begin(self, method, **params):
        with self.lock:
            self.count += 1
            number = self.count
        self.say({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return number

    def finish(self, number):
        answer = self.until(lambda line: line.get("id") == number and "method" not in line, what=f"an answer to request {number}")
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def ask(self, method, **params):
        return self.finish(self.begin(method, **params))

    def operate(self, action, operation, ttl=25_000):
        return self.ask("lock.operate", operation=operation, lock=LOCK, action=action, ttlMilliseconds=ttl)

    def read(self):
        return self.ask("lock.read", lock=LOCK)

    def add(self, state):
        return self.ask("lock.add", lock=LOCK, vendorState=state)

    def find(self, **options):
        place = len(self.news)
        self.ask("pair.start", options=options)
        return self.until(lambda line: line.get("method") == "pair.found", place, "a lock in pairing mode")["params"]["candidate"]

    def pair(self, **options):
        return self.ask("pair.choose", candidate=self.find(**options))

    @property
    def observations(self):
        with self.condition:
            return [line["params"] for line in self.news if line.get("method") == "lock.observed"]

    @property
    def logged(self):
        with self.condition:
            return " | ".join(line["params"]["text"] for line in self.news if line.get("method") == "log")


class Gatt(Radio):
    """The radio process, which also answers what an adapter asks."""

    listener = None

    def __init__(self, place):
        self.passed, self.peers = {}, []
        super().__init__(place)

    def heard(self, line):
        if "method" in line:
            if self.listener:
                self.listener(line)
        elif line["id"] in self.passed:
            self.passed.pop(line["id"])({key: line[key] for key in ("jsonrpc", "result", "error") if key in line})

    def pass_on(self, method, params, done):
        self.count += 1
        self.passed[self.count] = done
        self.say({"jsonrpc": "2.0", "id": self.count, "method": method, "params": params})

    def allow(self, peer):
        if peer not in self.peers:
            self.peers.append(peer)
            self.pass_on("radio.peers", {"peers": [{"peer": each} for each in self.peers]}, lambda answer: None)

    def drop_all(self):
        """As the core does when an adapter's process is gone."""
        for peer in self.peers:
            self.ask("radio.drop", peer=peer)


class Bench:
    """Air, radio and adapter; the lock is paired with and added where that is asked for."""

    def __init__(self, spec, answers=("4711",), config=None, pairs=True, options=()):
        self.air = Air(*options, locks=[spec])
        self.radio = Gatt(self.air.place)
        self.radio.up()
        self.adapter = Adapter(self.radio, answers, config)
        if pairs:
            self.air.do("press")
            self.paired = self.adapter.pair()
            self.added = self.adapter.add(self.paired["vendorState"])

    def restart(self, state=None, config=None):
        """Another process of the adapter's, as after a crash."""
        self.adapter.process.kill()
        self.adapter.process.wait()
        self.radio.drop_all()
        state = state or self.adapter.kept.get(LOCK) or self.paired["vendorState"]
        self.adapter = Adapter(self.radio, config=config)
        self.added = self.adapter.add(state)

    @property
    def state(self):
        return self.air.do("state")

    def end(self):
        for each in (self.adapter, self.radio, self.air):
            each.end()


@contextlib.contextmanager
def standing(spec, **options):
    bench = Bench(spec, **options)
    try:
        yield bench
        # A link that the lock ends meets what is on its way to it.
        rules = {each["rule"] for each in bench.air.do("trace")["violations"]}
        assert rules <= {"data on an unknown handle"}
    except BaseException:
        print(json.dumps([line for line in bench.adapter.news if line.get("method") in ("log", "lock.observed")], indent=1))
        raise
    finally:
        bench.end()
