"""The radio process on its own, driven by its lines, with virtual locks on the air of a controller that is another's work (Bumble)."""

import json
import pathlib
import queue
import subprocess
import sys
import threading
import time

from house_site import BIN, ROOT

RADIO = ROOT / "Tests" / "Simulators" / "bumble" / "radio.py"
# Long enough for a loaded machine: nothing here waits so long unless something is wrong.
PATIENCE = 60


# How the virtual radio names the ways to it, and how the radio process does.
WAYS = {"tcp": "tcp", "unix": "unix", "pty": "serial"}


class Refused(Exception):
    """A request that was answered with an error."""

    def __init__(self, error):
        super().__init__(error)
        self.code = error["code"]
        self.data = error.get("data", {})
        self.att = self.data.get("att")
        self.detail = self.data.get("detail")


class Lines:
    """A process that takes and gives JSON lines."""

    def __init__(self, *command):
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.news = []
        self.condition = threading.Condition()
        self.has_ended = False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            line = json.loads(line)
            with self.condition:
                self.news.append(line)
                self.condition.notify_all()
            self.heard(line)
        with self.condition:
            self.has_ended = True
            self.condition.notify_all()

    def heard(self, line):
        """A line as it comes, for who answers at once."""

    def say(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def until(self, matches, since=0, what="a line"):
        """The first line since a place that matches."""
        deadline = time.monotonic() + PATIENCE
        with self.condition:
            place = since
            while True:
                while place < len(self.news):
                    if matches(self.news[place]):
                        return self.news[place]
                    place += 1
                left = deadline - time.monotonic()
                assert left > 0 and not self.has_ended, f"{what} did not come; last: {self.news[-8:]}"
                self.condition.wait(left)

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


class Air(Lines):
    """The virtual controller with its locks."""

    def __init__(self, *options, locks=("front:motor=100",), way=("--tcp", "127.0.0.1:0")):
        chosen = [part for lock in locks for part in ("--lock", lock)]
        super().__init__(sys.executable, RADIO, *way, *options, *chosen)
        ready = self.until(lambda line: line.get("ready"), what="the virtual radio")
        self.place = next(f"{kind}:{ready[name]}" for name, kind in WAYS.items() if ready.get(name))
        self.locks = ready["locks"]
        self.count = 0

    def do(self, what, /, **more):
        self.count += 1
        n = self.count
        self.say({"do": what, "n": n, **more})
        answer = self.until(lambda line: line.get("n") == n, what=f"an answer to {what}")
        assert answer["ok"], answer
        return answer

    def peer(self, lock="front"):
        about = self.do("state", lock=lock)
        return {"address": (about["identity"] or about["address"]).split("/")[0], "type": about["type"]}


class Radio(Lines):
    """`lockbridge-ble` with a test for its core."""

    def __init__(self, place, gateway="gw-aaaaaaaaaaaaaaaa", options=()):
        super().__init__(BIN / "lockbridge-ble", *options)
        self.count = 0
        self.ask("initialize", protocolVersions=[1], gateway=gateway, config={"hci": place}, limits={"inFlight": 16, "observedPerSecond": 10, "lineBytes": 65536})

    def begin(self, method, **params):
        """Asks, and gives the number to wait for the answer by."""
        self.count += 1
        self.say({"jsonrpc": "2.0", "id": self.count, "method": method, "params": params})
        return self.count

    def finish(self, number):
        answer = self.until(lambda line: line.get("id") == number and "method" not in line, what=f"an answer to request {number}")
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def ask(self, method, **params):
        return self.finish(self.begin(method, **params))

    def told(self, method, since=0, **members):
        """The parameters of the first notification of that method whose members are so."""

        def matches(line):
            return line.get("method") == method and all(line["params"].get(name) == value for name, value in members.items())

        return self.until(matches, since, f"{method} {members}")["params"]

    def mark(self):
        """A place in the news; what comes later is after it."""
        with self.condition:
            return len(self.news)

    def up(self, since=0):
        return self.told("radio.status", since, state="up")

    def connect(self, peer, security="none", timeout=30_000):
        return self.ask("radio.connect", peer=peer, security=security, timeoutMilliseconds=timeout)
