"""Adapters under the real gateway, in an operator's hands: their logs, their lines, and those of another time."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest
from conftest import standing
from house_site import BIN, until
from test_walls import EVIL, evil, install


@pytest.fixture
def site():
    with standing() as site:
        yield site


class Follower:
    """A command that goes on until it is stopped."""

    def __init__(self, site, *arguments: str):
        self.file = site.folder / "follower.log"
        with self.file.open("wb") as out:
            self.process = subprocess.Popen(
                [str(BIN / "lockbridge"), *arguments, "--home", str(site.home)], stdout=out, stderr=out, stdin=subprocess.DEVNULL)

    def text(self) -> str:
        return self.file.read_text()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(10)


def test_what_an_adapter_writes_is_shown_and_followed(site):
    install(site, "talk")
    until(lambda: "by log 0" in site.run("adapter", "logs", "evil").stdout, 20, "its first words")
    text = site.run("adapter", "logs", "evil").stdout
    assert re.search(r"Z  warning  by log 0$", text, re.M) and re.search(r"Z  stderr   on stderr 0 \\u\{1b\}\[31m$", text, re.M), text
    lines = [json.loads(line) for line in site.run("adapter", "logs", "evil", "--json").stdout.splitlines()]
    assert {line.get("level") for line in lines} == {"warning", None}
    follower = Follower(site, "adapter", "logs", "-f", "evil")
    count = len(lines)
    until(lambda: len(follower.text().splitlines()) >= count + 3, 20, "lines that came later")
    follower.stop()
    assert site.run("adapter", "logs", "nobody", check=False).returncode == 2


def test_a_trace_shows_the_lines_and_no_secret(site):
    install(site, "talk")
    follower = Follower(site, "adapter", "trace", "evil")
    until(lambda: "state.put" in follower.text(), 20, "a line of its own")
    assert "hunter2" not in follower.text()
    assert re.search(r'Z < \{"id":"put-\d+","method":"state.put","params":\{"scope":"adapter","state":"\*\*\* 1 members"\}\}', follower.text())
    assert re.search(r'Z > \{"id":"put-\d+","result":\{\}\}', follower.text())
    follower.stop()
    follower = Follower(site, "adapter", "trace", "loopback")
    until(lambda: site.run("adapter", "list").stdout, 5, "the list")
    until(lambda: site.run("lock", "lock", "front").returncode == 0 and "lock.read" in follower.text(), 20, "a line of the gateway's")
    assert re.search(r'Z > \{"id":\d+,"method":"lock.read","params":\{"lock":"front"\}\}', follower.text())
    follower.stop()


def test_an_adapter_for_a_newer_gateway_is_refused_with_what_to_do(site):
    folder = site.folder / "newer"
    shutil.copytree(EVIL, folder)
    manifest = json.loads((folder / "adapter.json").read_text())
    manifest["minimumGateway"] = "9.0.0"
    (folder / "adapter.json").write_text(json.dumps(manifest))
    says = "evil 0.1.0 needs Lockbridge 9.0.0 or newer, and this is 0.1.0: update Lockbridge, or take an older version of the adapter"
    kit = subprocess.run([str(BIN / "lockbridge"), "conform", str(folder)], capture_output=True, text=True)
    assert kit.returncode == 78 and says in kit.stderr
    site.kill("core", signal.SIGTERM)
    file = site.home / "lockbridge.yaml"
    file.write_text(file.read_text().replace("adapters:\n", f"adapters:\n  evil: {{path: {folder}}}\n"))
    refused = site.run("run", check=False)
    assert refused.returncode != 0 and says in refused.stderr
