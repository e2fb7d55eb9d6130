"""A whole site on one machine, of real parts: mosquitto, the gateway with its children, and the virtual locks."""

import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from broker import Bus
from client import Client
from tokens import Signer

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
BIN = pathlib.Path(os.environ.get("LOCKBRIDGE_BIN", ROOT / ".build" / "debug"))


def instant(text: str) -> float:
    """A time of a log, in seconds."""
    return datetime.datetime.fromisoformat(text).timestamp()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(condition, seconds: float, what: str):
    """Asks again and again, briefly apart, until it holds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen within {seconds} s")


class Site:
    def __init__(
        self, locks=("front:door:auto=120:motor=100", "back:timed:motor=100"), limits: str | None = None, buses: list[Bus] | None = None,
        clock: str = "host", core_environment: dict | None = None, adapters: str = "", radios: list[str] = ()
    ):
        # More adapters as they stand in the configuration, and the radios' controllers.
        self.more_adapters, self.radios = adapters, list(radios)
        # Short, because a socket's name may have 107 bytes.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lb-"))
        # So that an adapter with a user of its own reaches the locks.
        self.folder.chmod(0o711)
        self.home = self.folder / "home"
        self.moves_file = self.folder / "moves.jsonl"
        self.locks_socket = self.folder / "locks.sock"
        self.buses = buses or [Bus()]
        self.processes: dict[str, subprocess.Popen] = {}
        self.clients: list[Client] = []
        self.lock_options = locks
        self.alice = Signer("alice")
        self.acme = Signer("acme")
        self.clock = clock
        self.run_options: list[str] = []
        self.core_environment = core_environment or {}
        self.limits = limits or (HERE / "limits.yaml").read_text()

    # Starting

    def start(self) -> "Site":
        made = self.run("init", "--clock", self.clock)
        self.gateway = re.search(r"gw-[a-z2-7]{16}", made.stdout).group()
        self.root = f"lockbridge/v1/{self.gateway}"
        for bus in self.buses:
            self.start_broker(bus)
        self.start_locks()
        self.write_configuration()
        self.start_gateway()
        names = [option.split(":")[0] for option in self.lock_options]
        for name in names:
            self.run("lock", "add", name, "--adapter", "loopback")
        self.enrol(self.alice, "resident")
        self.enrol(self.acme, "principal")
        for name in names:
            self.until_ready(name)
        return self

    def enrol(self, signer: Signer, role: str):
        file = self.folder / f"{signer.name}.pub.pem"
        file.write_bytes(signer.public_pem)
        self.run(role, "add", signer.name, "--key", str(file))

    def write_configuration(self):
        indented = "".join(f"  {line}\n" for line in self.limits.splitlines())
        (self.home / "lockbridge.yaml").write_text(
            f"""version: 1
gateway: {self.gateway}
site:
  timeZone: Europe/Berlin
  clock: {self.clock}
buses:
{"".join(bus.entry(self.gateway) for bus in self.buses)}adapters:
  loopback:
    path: {ROOT / "adapters" / "loopback"}
    config:
      socket: {self.locks_socket}
{self.more_adapters}{self.radio_entries()}limits:
{indented}""")

    def radio_entries(self) -> str:
        return "radios:\n  ble:\n" + "".join(f"    - hci: {hci}\n" for hci in self.radios) if self.radios else ""

    def start_broker(self, bus: Bus | None = None):
        bus = bus or self.buses[0]
        self.spawn(bus.process, bus.command(self.folder, self.gateway))
        until(lambda: answers(bus.port), 10, "the broker's start")

    def start_locks(self):
        options = [part for lock in self.lock_options for part in ("--lock", lock)]
        self.spawn("locks", [str(BIN / "lockbridge-loopback-locks"), "--socket", str(self.locks_socket), "--move-log", str(self.moves_file), *options])
        until(self.locks_socket.exists, 10, "the locks' start")

    def start_gateway(self):
        self.spawn("core", [str(BIN / "lockbridge"), "run", "--home", str(self.home), *self.run_options], self.core_environment)
        until(lambda: self.run("status", check=False).returncode == 0, 20, "the gateway's start")
        until(lambda: self.is_connected(), 20, "the bus's connection")

    def spawn(self, name: str, argv: list[str], environment: dict | None = None):
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **(environment or {})})

    # Looking

    def run(self, *arguments: str, check: bool = True, stdin: str | None = None) -> subprocess.CompletedProcess:
        done = subprocess.run(
            [str(BIN / "lockbridge"), *arguments], env={**os.environ, "LOCKBRIDGE_HOME": str(self.home)}, input=stdin,
            capture_output=True, text=True, timeout=120)
        if check and done.returncode != 0:
            raise AssertionError(f"lockbridge {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}\n{self.log('core')}")
        return done

    def status(self) -> dict:
        return json.loads(self.run("status", "--json").stdout)

    def is_connected(self) -> bool:
        """Whether every bus has its broker."""
        return all(bus["state"] == "connected" for bus in self.status()["buses"])

    def lock(self, name: str) -> dict:
        return json.loads(self.run("lock", "show", name, "--json").stdout)

    def until_ready(self, name: str):
        until(lambda: self.lock(name)["phase"] == "closed" and self.lock(name)["online"], 20, f"{name}'s first reading")

    def until_locked(self, name: str, seconds: float = 30):
        """By the lock itself, not by what the gateway says."""
        until(lambda: self.ask({"do": "state", "lock": name})["bolt"] == "locked", seconds, f"{name} locked")

    def log(self, name: str) -> str:
        file = self.folder / f"{name}.log"
        return file.read_text()[-4000:] if file.exists() else ""

    def moves(self, lock: str, move: str) -> int:
        """How often the motor really started, by the lock's own log: the judge."""
        if not self.moves_file.exists():
            return 0
        lines = [json.loads(line) for line in self.moves_file.read_text().splitlines()]
        return sum(line["lock"] == lock and line["move"] == move and line["phase"] == "start" for line in lines)

    def ask(self, question: dict) -> dict:
        """The hand, the door and the trouble: one line to the virtual locks."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(10)
            link.connect(str(self.locks_socket))
            link.sendall(json.dumps(question).encode() + b"\n")
            answer = link.makefile().readline()
        return json.loads(answer)

    def client(self, name: str, **options) -> Client:
        """A client of a principal on the bus that serves it."""
        bus = next(bus for bus in self.buses if name in bus.principals)
        client = Client(bus.port, name, self.root, tls=bus.authority and bus.authority.context(name), **options)
        self.clients.append(client)
        return client

    def child_pid(self, kind: str) -> int:
        status = self.status()
        return (status["buses"] if kind == "bus" else status["adapters"])[0].get("pid")

    def open_times(self, lock: str) -> list[float]:
        """How many seconds the lock stood open each time, from the end of an unlock to the start of the lock that followed, by its log."""
        times, opened = [], None
        for line in map(json.loads, self.moves_file.read_text().splitlines()):
            if line["lock"] == lock and (line["move"], line["phase"]) == ("unlock", "end"):
                opened = instant(line["at"])
            elif line["lock"] == lock and (line["move"], line["phase"]) == ("lock", "start") and opened is not None:
                times.append(instant(line["at"]) - opened)
                opened = None
        return times

    # Ending

    def hang_up(self):
        for client in self.clients:
            client.close()
        self.clients = []

    def kill(self, name: str, how: int = signal.SIGKILL):
        process = self.processes.pop(name)
        process.send_signal(how)
        process.wait(90)
        return process.returncode

    def stop(self):
        self.hang_up()
        for name in list(self.processes):
            self.kill(name)
        shutil.rmtree(self.folder, ignore_errors=True)
