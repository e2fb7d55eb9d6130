"""Starts the virtual radio of Tests/Simulators/bumble for a test, and speaks its control lines."""

import json
import os
import select
import subprocess
import sys

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Simulators", "bumble")
sys.path.append(FOLDER)


class RadioBench:
    """The bench as a child process; `with` ends it."""

    def __init__(self, *locks, arguments=("--tcp", "127.0.0.1:0")):
        command = [sys.executable, os.path.join(FOLDER, "radio.py"), *arguments]
        for lock in locks:
            command += ["--lock", lock]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ready = self._line(15)
        host, _, port = self.ready.get("tcp", ":0").rpartition(":")
        self.host, self.port = host, int(port)

    def _line(self, seconds):
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            raise TimeoutError("the bench says nothing")
        return json.loads(self.process.stdout.readline() or b'{"ok": false, "error": "the bench has ended"}')

    def ask(self, do, lock=None, **members):
        """One control line; fails the test when it is refused."""
        line = {"do": do, **({"lock": lock} if lock else {}), **members}
        self.process.stdin.write(json.dumps(line).encode() + b"\n")
        self.process.stdin.flush()
        answer = self._line(members.get("seconds", 5) + 5)
        assert answer.pop("ok"), (line, answer.get("error"))
        return answer

    def refused(self, do, **members):
        """The error of a control line that has to be refused."""
        self.process.stdin.write(json.dumps({"do": do, **members}).encode() + b"\n")
        self.process.stdin.flush()
        answer = self._line(10)
        assert not answer["ok"], answer
        return answer["error"]

    def wait(self, what, value, lock=None, seconds=5):
        """Waits until a member of the bench's state has a value."""
        return self.ask("wait", lock, what=what, **{"is": value}, seconds=seconds)

    @property
    def violations(self):
        """The rules of HCI the host was seen to break."""
        return [each["rule"] for each in self.ask("trace")["violations"]]

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
