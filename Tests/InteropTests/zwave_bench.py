"""Starts the virtual Z-Wave stick of Tests/Simulators/zwave for a test, and OpenZWave as a host at it."""

import json
import os
import pathlib
import queue
import select
import subprocess
import sys
import threading
import time

FOLDER = pathlib.Path(__file__).parent.parent / "Simulators" / "zwave"


class ZWaveBench:
    """The stick as a child process on a pty in `folder`; `with` ends it."""

    def __init__(self, folder, *locks, pace=0.2):
        self.port = str(folder / "stick")
        self.moves_path = folder / "moves.jsonl"
        command = [sys.executable, str(FOLDER / "zwave.py"), "--pty", self.port, "--pace", str(pace), "--move-log", str(self.moves_path)]
        for lock in locks:
            command += ["--lock", lock]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ready = self._line(15)

    def _line(self, seconds):
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            raise TimeoutError("the stick says nothing")
        return json.loads(self.process.stdout.readline() or b'{"ok": false, "error": "the stick has ended"}')

    def ask(self, do, lock=None, **members):
        """One control line; fails the test when it is refused."""
        line = {"do": do, **({"lock": lock} if lock else {}), **members}
        self.process.stdin.write(json.dumps(line).encode() + b"\n")
        self.process.stdin.flush()
        answer = self._line(10)
        assert answer.pop("ok"), (line, answer.get("error"))
        return answer

    def until(self, condition, what, seconds=10):
        """Waits for something the stick or a lock shows."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.05)
        raise AssertionError(f"{what} did not come: {self.ask('stick')}")

    @property
    def moves(self):
        """The runs of motors, as the locks logged them."""
        if not self.moves_path.exists():
            return []
        return [json.loads(line) for line in self.moves_path.read_text().splitlines()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def build_openzwave_host(folder):
    """Compiles our few lines around OpenZWave's library."""
    program = folder / "openzwave_host"
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libopenzwave"], capture_output=True, text=True, check=True).stdout.split()
    subprocess.run(["g++", "-std=c++14", "-O1", "-o", str(program), str(FOLDER / "openzwave_host.cpp"), *flags], check=True)
    return program


class OpenZWave:
    """OpenZWave at a port: lines in, what it hears out."""

    def __init__(self, program, port, folder):
        folder.mkdir()
        self.process = subprocess.Popen(
            [str(program), port, "/etc/openzwave/", str(folder) + "/"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.heard = []
        self.news = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                self.news.put(json.loads(line))

    def tell(self, line):
        """Whether OpenZWave took it."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.wait(lambda news: "answer" in news, "an answer")["answer"]

    def wait(self, matches, what, seconds=30):
        """The next news that match."""
        end = time.monotonic() + seconds
        while True:
            try:
                news = self.news.get(timeout=max(end - time.monotonic(), 0.01))
            except queue.Empty:
                raise AssertionError(f"{what} did not come; heard: {self.heard[-10:]}") from None
            self.heard.append(news)
            if matches(news):
                return news

    def event(self, event, seconds=30, **members):
        return self.wait(lambda news: news.get("event") == event and members.items() <= news.items(), f"{event} {members}", seconds)

    def value(self, label, value, seconds=15):
        """A value that was told, changed or not."""
        return self.wait(
            lambda news: news.get("event") in ("changed", "refreshed") and news["label"] == label and news["value"] == value, f"{label} {value}", seconds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
