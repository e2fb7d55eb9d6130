"""Adapters under the real gateway, in an operator's hands: their logs, their lines, and those of another time."""

import base64
import gzip
import hashlib
import io
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tarfile

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
        # Not SIGINT, which a shell has its background jobs ignore.
        self.process.terminate()
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


# Packages


def version_of(folder: pathlib.Path, to: str, **needs) -> pathlib.Path:
    """The folder with another version, and what it asks for."""
    manifest = json.loads((folder / "adapter.json").read_text())
    manifest["version"] = to
    manifest["needs"] = {**manifest["needs"], **needs}
    (folder / "adapter.json").write_text(json.dumps(manifest))
    program = folder / "template_adapter.py"
    program.write_text(re.sub(r'version = "[^"]*"', f'version = "{to}"', program.read_text(), count=1))
    return folder


@pytest.fixture
def mine(site):
    """A folder with an adapter called mine, its virtual lock at a socket, and its entry in the configuration."""
    folder = site.folder / "mine"
    subprocess.run([str(BIN / "lockbridge"), "adapter", "new", "mine", "--in", str(site.folder)], check=True, capture_output=True)
    (folder / "mine_adapter.py").rename(folder / "template_adapter.py")
    manifest = json.loads((folder / "adapter.json").read_text())
    (folder / "adapter.json").write_text(json.dumps({**manifest, "run": ["./template_adapter.py"]}))
    device = site.folder / "device"
    device.mkdir(mode=0o755)
    site.spawn("mine-lock", [str(folder / "stand_in.py"), "--stay", str(device)])
    until((device / "bolt.sock").exists, 10, "the lock")
    file = site.home / "lockbridge.yaml"
    site.kill("core", signal.SIGTERM)
    file.write_text(file.read_text().replace("adapters:\n", f"adapters:\n  mine: {{config: {{socket: {device / 'bolt.sock'}}}}}\n"))
    site.start_gateway()
    return folder


def named(site, name: str) -> dict | None:
    adapters = json.loads(site.run("adapter", "list", "--json").stdout)["adapters"]
    return next((adapter for adapter in adapters if adapter["name"] == name), None)


def test_an_adapter_is_added_while_the_gateway_runs_and_its_package_is_pinned(site, mine):
    assert named(site, "mine") is None, "it is configured, and not there yet"
    said = site.run("adapter", "add", str(mine), "--yes").stdout
    digest = re.search(r"SHA-256 ([0-9a-f]{64})", said).group(1)
    assert "mine 0.1.0" in said and "+ device bolt.sock" in said and "Added" in said
    until(lambda: (named(site, "mine") or {}).get("state") == "up", 20, "its start")
    site.run("lock", "add", "third", "--adapter", "mine")
    site.until_ready("third")
    assert "is this package already" in site.run("adapter", "add", str(mine), "--yes").stdout
    # What runs is the package, whatever becomes of the folder it was made of and of the one it was unpacked to.
    shutil.rmtree(mine)
    for program in [*pathlib.Path("/var/cache/lockbridge").glob(f"{site.gateway}/mine/*/template_adapter.py"), *site.home.glob("adapters/mine/*/template_adapter.py")]:
        program.write_text("#!/bin/sh\nexit 1\n")
    site.kill("core", signal.SIGTERM)
    site.start_gateway()
    until(lambda: (named(site, "mine") or {}).get("state") == "up", 20, "its start")
    site.until_ready("third")
    # A package that was changed does not run.
    package = site.home / "adapters" / "mine" / f"{digest}.tar"
    changed = package.read_bytes().replace(b"class MineAdapter", b"class MineAdaptor")
    assert changed != package.read_bytes()
    package.write_bytes(changed)
    site.kill("core", signal.SIGTERM)
    site.start_gateway()
    assert named(site, "mine") is None
    assert "is not the one that was accepted" in site.log("core")


def test_a_version_that_asks_for_more_waits_while_the_one_before_it_runs_on(site, mine):
    site.run("adapter", "add", str(mine), "--yes")
    until(lambda: (named(site, "mine") or {}).get("state") == "up", 20, "its start")
    site.run("lock", "add", "third", "--adapter", "mine")
    site.until_ready("third")
    first = named(site, "mine")["pid"]
    said = site.run("adapter", "add", str(version_of(mine, "0.2.0", devices=["bolt.sock", "/dev/ttyUSB0"])), "--yes").stdout
    assert "+ device /dev/ttyUSB0" in said and "`lockbridge adapter accept mine` installs it" in said
    for restart in (False, True):
        if restart:
            site.kill("core", signal.SIGTERM)
            site.start_gateway()
            until(lambda: named(site, "mine")["state"] == "up", 20, "its start")
        view = named(site, "mine")
        assert (view["state"], view["version"], view["next"], view["wants"]) == ("up", "0.1.0", "0.2.0", ["device /dev/ttyUSB0"])
        assert restart or view["pid"] == first
    assert "mine 0.2.0 waits" in site.run("adapter", "list").stdout
    site.run("adapter", "accept", "mine", "--yes")
    until(lambda: named(site, "mine")["state"] == "up" and named(site, "mine")["version"] == "0.2.0", 20, "the new version")
    site.until_ready("third")
    assert named(site, "mine").get("next") is None and len(list((site.home / "adapters" / "mine").glob("*.tar"))) == 1
    # One that asks for no more is installed at once.
    said = site.run("adapter", "add", str(version_of(mine, "0.3.0")), "--yes").stdout
    assert "Added" in said
    until(lambda: named(site, "mine")["version"] == "0.3.0" and named(site, "mine")["state"] == "up", 20, "the next version")
    site.until_ready("third")


def test_nothing_is_exchanged_or_stopped_while_a_door_is_open(site, mine):
    site.run("adapter", "add", str(mine), "--yes")
    site.run("lock", "add", "third", "--adapter", "mine")
    site.until_ready("third")
    opening = subprocess.Popen(
        [str(BIN / "lockbridge"), "lock", "unlock", "third", "--open-seconds", "4", "--home", str(site.home)], stdout=subprocess.DEVNULL)
    until(lambda: site.lock("third")["bolt"] == "unlocked", 20, "the unlock")
    version_of(mine, "0.2.0")
    for refused in (["add", str(mine), "--yes"], ["disable", "mine"], ["remove", "mine"]):
        done = site.run("adapter", *refused, check=False)
        assert done.returncode in (1, 2) and ("third is open" in done.stderr or "stands in lockbridge.yaml" in done.stderr), done.stderr
    assert named(site, "mine")["version"] == "0.1.0"
    assert opening.wait(30) == 0
    site.run("adapter", "add", str(mine), "--yes")


def test_an_adapter_is_disabled_over_restarts_and_enabled_again(site):
    site.run("adapter", "disable", "loopback")
    until(lambda: not site.lock("front")["online"], 20, "its locks to be offline")
    assert named(site, "loopback")["state"] == "disabled" and named(site, "loopback").get("pid") is None
    assert site.run("adapter", "restart", "loopback", check=False).returncode == 2
    site.kill("core", signal.SIGTERM)
    site.start_gateway()
    assert named(site, "loopback")["state"] == "disabled"
    site.run("adapter", "enable", "loopback")
    site.until_ready("front")


def test_an_adapter_is_taken_out_and_comes_back_with_what_it_kept(site):
    folder = site.folder / "talker"
    shutil.copytree(EVIL, folder)
    site.run("adapter", "add", str(folder), "--yes")
    until(lambda: named(site, "evil"), 10, "its entry")
    assert site.run("adapter", "remove", "evil").stdout == "evil is gone.\n"
    assert named(site, "evil") is None and not (site.home / "adapters" / "evil").exists()
    site.run("adapter", "add", str(folder), "--yes")
    until(lambda: named(site, "evil"), 10, "its entry")
    assert site.run("adapter", "remove", "loopback", check=False).returncode == 2, "it stands in lockbridge.yaml"
    assert site.run("adapter", "remove", "nobody", check=False).returncode == 2


# Tars of strangers


def tar(path: pathlib.Path, *members, file_format=tarfile.PAX_FORMAT) -> pathlib.Path:
    with tarfile.open(path, "w", format=file_format) as archive:
        for name, kind, content in members:
            member = tarfile.TarInfo(name)
            member.type = kind
            if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                member.linkname = content
                archive.addfile(member)
            else:
                data = content or b""
                member.size = len(data)
                member.mode = 0o4755
                archive.addfile(member, io.BytesIO(data))
    return path


MANIFEST = ("evil/adapter.json", tarfile.REGTYPE, (EVIL / "adapter.json").read_bytes())
PROGRAM = ("evil/evil.py", tarfile.REGTYPE, (EVIL / "evil.py").read_bytes())


@pytest.mark.parametrize("member, says", [
    (("/etc/passwd", tarfile.REGTYPE, b"x"), "absolute path"),
    (("evil/../../passwd", tarfile.REGTYPE, b"x"), "leaves its folder"),
    (("evil/" + "a/" * 60 + "../" * 62 + "passwd", tarfile.REGTYPE, b"x"), "leaves its folder"),
    (("evil/link", tarfile.SYMTYPE, "/etc/passwd"), "is a link"),
    (("evil/link", tarfile.SYMTYPE, "evil.py"), "is a link"),
    (("evil/link", tarfile.LNKTYPE, "/etc/passwd"), "is a link"),
    (("evil/null", tarfile.CHRTYPE, None), "neither a file nor a folder"),
    (("evil/pipe", tarfile.FIFOTYPE, None), "neither a file nor a folder"),
    (("evil/evil.py", tarfile.REGTYPE, b"x"), "is in it twice"),
    (("evil/evil.py/below", tarfile.REGTYPE, b"x"), "is below it"),
    (("evil/" + "a/" * 20 + "b", tarfile.REGTYPE, b"x"), "deeper than"),
    (("evil/bell\x07", tarfile.REGTYPE, b"x"), "control character"),
    (("evil/" + "a" * 600, tarfile.REGTYPE, b"x"), "longer than 512"),
])
def test_a_tar_that_tricks_is_refused_whole(site, member, says):
    package = tar(site.folder / "evil.tar", MANIFEST, PROGRAM, member)
    done = site.run("adapter", "add", str(package), "--yes", check=False)
    assert done.returncode == 78 and says in done.stderr, done.stderr
    # A client that checks nothing meets the same in the gateway.
    answer = upload(site, package.read_bytes(), "evil")
    assert says in answer["error"]["message"], answer
    assert named(site, "evil") is None and not list(site.home.glob("adapters/evil/*.tar"))


def upload(site, package: bytes, name: str, digest: str | None = None) -> dict:
    """The admin socket's part of `adapter add`, by hand."""
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(site.home / "run" / "admin.sock"))
        lines = link.makefile("rw")

        def ask(method: str, params: dict) -> dict:
            lines.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}) + "\n")
            lines.flush()
            return json.loads(lines.readline())

        ask("initialize", {})
        for offset in range(0, len(package), 36_000):
            data = base64.urlsafe_b64encode(package[offset:offset + 36_000]).decode().rstrip("=")
            ask("adapter.upload", {"offset": offset, "data": data})
        return ask("adapter.add", {"adapter": name, "digest": digest or hashlib.sha256(package).hexdigest()})


@pytest.mark.parametrize("file_format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_a_tar_of_any_common_form_is_added_by_its_digest(site, file_format):
    long = ("evil/" + "a" * 90 + "/" + "b" * 90, tarfile.REGTYPE, b"deep")
    package = tar(site.folder / "evil.tar", MANIFEST, PROGRAM, long, file_format=file_format)
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    wrong = site.run("adapter", "add", str(package), "--yes", "--sha256", "0" * 64, check=False)
    assert wrong.returncode == 1 and digest in wrong.stderr and named(site, "evil") is None
    assert f"SHA-256 {digest}" in site.run("adapter", "add", str(package), "--yes", "--sha256", digest).stdout
    until(lambda: named(site, "evil"), 10, "its entry")
    [deep] = [*pathlib.Path("/var/cache/lockbridge").glob(f"{site.gateway}/evil/*/{'a' * 90}/*"), *site.home.glob(f"adapters/evil/*/{'a' * 90}/*")]
    assert deep.read_bytes() == b"deep" and deep.stat().st_mode & 0o7777 == 0o755, "no set-user-id bit"


def test_what_arrives_is_what_was_looked_at(site):
    package = tar(site.folder / "evil.tar", MANIFEST, PROGRAM).read_bytes()
    assert "not the one that was accepted" in upload(site, package, "evil", "0" * 64)["error"]["message"]
    assert "no header" in upload(site, b"x" * 1024, "evil")["error"]["message"]
    assert "is the adapter evil, not other" in upload(site, package, "other")["error"]["message"]
    assert "gunzip" in upload(site, gzip.compress(package), "evil")["error"]["message"]
