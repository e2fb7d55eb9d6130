"""The command line as somebody at a small terminal has it."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

from house_site import BIN


class Terminal:
    """The command line in a terminal of 40 columns and 20 rows, as on a phone."""

    columns, rows = 40, 20

    def __init__(self, site, *arguments: str):
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm", COLUMNS="40", LOCKBRIDGE_HOME=str(site.home))
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
            os.execv(str(BIN / "lockbridge"), ["lockbridge", *arguments])
        self.text = ""

    def expect(self, text: str, seconds: float = 20):
        """Waits until it shows a text, wherever its lines break."""
        deadline = time.monotonic() + seconds
        while not self.shows(text):
            ready, _, _ = select.select([self.file], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"`{text}` did not come; it shows: {self.text!r}"
            try:
                self.text += os.read(self.file, 4096).decode()
            except OSError:
                assert self.shows(text), f"it ended without `{text}`: {self.text!r}"

    def shows(self, text: str) -> bool:
        return " ".join(text.split()) in " ".join(" ".join(self.lines()).split())

    def type(self, line: str):
        os.write(self.file, line.encode() + b"\n")

    def leave(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.file)

    def rest(self, seconds: float = 30):
        """Reads on to its end."""
        deadline = time.monotonic() + seconds
        while True:
            ready, _, _ = select.select([self.file], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"it did not end; it shows: {self.text!r}"
            try:
                piece = os.read(self.file, 4096)
            except OSError:
                return
            if not piece:
                return
            self.text += piece.decode()

    def status(self) -> int:
        self.rest()
        _, status = os.waitpid(self.pid, 0)
        os.close(self.file)
        return os.waitstatus_to_exitcode(status)

    def lines(self) -> list[str]:
        """What it printed, line by line, without escape sequences."""
        return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", self.text).replace("\r", "").split("\n")

    def fits(self):
        """No line is longer than the terminal is wide."""
        long = [line for line in self.lines() if len(line) > self.columns]
        assert not long, long
