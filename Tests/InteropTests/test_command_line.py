"""The command line as its users meet it: exit codes, plain errors that say what to do next, JSON for programs."""

import json
import os
import pty
import socket
import subprocess

import pytest
from house_site import BIN, ROOT, Site, until


@pytest.fixture(scope="module")
def site():
    site = Site()
    try:
        yield site.start()
    finally:
        print(site.log("core"))
        site.stop()


def call(*arguments: str, home: str = "/nonexistent", **kwargs) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(BIN / "lockbridge"), *arguments], env={"LOCKBRIDGE_HOME": home, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60, **kwargs)


@pytest.mark.parametrize("arguments, code, says", [
    (["status"], 69, "no gateway answers at"),
    (["status", "--jso"], 64, "--json"),
    (["lock", "show"], 64, "name"),
    (["run"], 78, "make one with `lockbridge init`"),
    (["explain", "nothing"], 64, "`lockbridge explain` lists them"),
    (["token", "command", "--key", "x", "--issuer", "acme", "--lock", "front", "--gateway", "gw-aaaaaaaaaaaaaaaa"], 64, "--grant"),
    (["token", "grant", "--key", "/nonexistent.pem", "--resident", "a", "--retailer", "b", "--lock", "c", "--gateway", "gw-aaaaaaaaaaaaaaaa"], 1, "/nonexistent.pem"),
    (["token", "grant", "--key", "x", "--resident", "a", "--retailer", "b", "--lock", "c", "--window", "someday", "--gateway", "g"], 64, "tue,fri@09:00-12:00"),
    (["handover"], 64, "--yes"),
    (["init", "--time-zone", "Mars/Olympus"], 64, "no time zone"),
])
def test_a_failure_says_what_is_wrong_and_what_to_do_with_its_exit_code(arguments, code, says):
    done = call(*arguments, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr


def test_reading_verbs_print_json_for_programs(site):
    for verb in (["status"], ["lock", "list"], ["lock", "show", "front"], ["principal", "list"], ["grant", "list"], ["adapter", "list"], ["audit", "verify"],
                 ["version"], ["explain"], ["key", "show"]):
        json.loads(site.run(*verb, "--json").stdout)
    for line in site.run("events", "list", "--json").stdout.splitlines():
        assert json.loads(line)["specversion"] == "1.0"


def test_text_for_people_is_plain_where_there_is_no_terminal_and_coloured_on_one(site):
    assert "\x1b[" not in site.run("status").stdout
    reading, writing = pty.openpty()
    environment = {**os.environ, "LOCKBRIDGE_HOME": str(site.home), "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    subprocess.run([str(BIN / "lockbridge"), "status"], env=environment, stdout=writing, stdin=subprocess.DEVNULL, timeout=60, check=True)
    shown = os.read(reading, 65_536).decode()
    os.close(reading)
    os.close(writing)
    assert "\x1b[" in shown and "front" in shown


def test_a_refusal_prints_its_reason_and_ends_with_2(site):
    done = site.run("lock", "lock", "cellar", check=False)
    assert done.returncode == 2 and "unknownLock" in done.stderr
    done = site.run("lock", "add", "cellar", "--adapter", "nuki", check=False)
    assert done.returncode == 2 and "no adapter nuki is configured; loopback is" in done.stderr
    done = site.run("resident", "add", "acme", "--key", str(site.folder / "alice.pub.pem"), check=False)
    assert done.returncode == 2 and "There is a retailer acme already" in done.stderr


def test_the_installer_unlocks_while_commissioning_and_the_door_is_locked_again(site):
    before = site.moves("back", "unlock")
    told = site.run("lock", "unlock", "back", "--open-seconds", "1").stdout
    assert [line.split()[1] for line in told.splitlines()] == ["accepted", "unlocked", "secured"]
    assert site.moves("back", "unlock") == before + 1
    too_long = site.run("lock", "unlock", "back", "--open-seconds", "301", check=False)
    assert too_long.returncode == 2 and "1 to 300 seconds" in too_long.stderr


def test_a_lock_is_tested_in_cycles_and_its_times_are_told(site):
    before = site.moves("back", "unlock")
    report = json.loads(site.run("lock", "test", "back", "--cycles", "3", "--open-seconds", "1", "--json").stdout)
    assert (report["lock"], report["cycles"], report["succeeded"]) == ("back", 3, 3) and "failure" not in report
    assert site.moves("back", "unlock") == before + 3
    for half, least in (("acceptedToUnlockedMilliseconds", 0), ("unlockedToSecuredMilliseconds", 1000)):
        spread = report[half]
        assert least <= spread["min"] <= spread["median"] <= spread["p95"] <= spread["max"] < 20_000, report
    told = site.run("lock", "test", "back", "--cycles", "2", "--open-seconds", "1").stdout.splitlines()
    assert told[0].startswith("1/2  opened ") and told[1].startswith("2/2  opened ") and told[2] == "2 of 2 succeeded"
    assert [line.split()[0] for line in told[3:]] == ["ms", "min", "median", "p95", "max"]
    assert all(len(line) <= 40 for line in told), told


def test_a_test_of_a_lock_ends_with_its_first_failure(site):
    done = site.run("lock", "test", "cellar", check=False)
    assert done.returncode == 2 and "unknownLock" in done.stderr and done.stdout == "0 of 10 succeeded\n"
    with subprocess.Popen(
            [str(BIN / "lockbridge"), "lock", "test", "back", "--cycles", "100", "--open-seconds", "1", "--json"], text=True,
            env={**os.environ, "LOCKBRIDGE_HOME": str(site.home)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as test:
        before = site.moves("back", "unlock")
        until(lambda: site.moves("back", "unlock") >= before + 2, 20, "two cycles")
        site.run("drain")
        out, err = test.communicate(timeout=30)
    site.run("drain", "--end")
    report = json.loads(out)
    assert test.returncode == 2 and "shuttingDown" in err
    assert 2 <= report["succeeded"] < 100 and report["failure"]["reason"] == "shuttingDown"
    assert report["failure"]["cycle"] == report["succeeded"] + 1
    assert site.moves("back", "unlock") == before + report["succeeded"], "nothing was opened after it"
    assert site.run("lock", "test", "back", "--cycles", "0", check=False).returncode == 64


def test_a_second_gateway_does_not_start_in_the_same_home(site):
    done = call("run", home=str(site.home), stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and "runs already" in done.stderr


def test_keys_and_tokens_are_made_checked_and_explained_without_a_gateway(tmp_path):
    for name in ("alice", "acme"):
        assert call("key", "new", str(tmp_path / f"{name}.pem")).returncode == 0
        assert (tmp_path / f"{name}.pem").stat().st_mode & 0o777 == 0o600
    again = call("key", "new", str(tmp_path / "alice.pem"))
    assert again.returncode == 1 and "overwritten" in again.stderr
    made = call("token", "grant", "--key", str(tmp_path / "alice.pem"), "--resident", "alice", "--retailer", "acme", "--lock", "front",
                "--gateway", "gw-aaaaaaaaaaaaaaaa", "--window", "tue,fri@09:00-12:00")
    assert made.returncode == 0
    (tmp_path / "grant.jwt").write_text(made.stdout)
    assert call("token", "check", str(tmp_path / "grant.jwt"), "--key", str(tmp_path / "alice.pub.pem")).returncode == 0
    wrong = call("token", "check", str(tmp_path / "grant.jwt"), "--key", str(tmp_path / "acme.pub.pem"))
    assert wrong.returncode == 2 and "badSignature" in wrong.stderr
    explained = call("token", "explain", str(tmp_path / "grant.jwt")).stdout
    assert "alice allows acme to unlock front" in explained and "tue, fri 09:00 to 12:00" in explained
    command = call("token", "command", "--key", str(tmp_path / "acme.pem"), "--issuer", "acme", "--lock", "front", "--grant", str(tmp_path / "grant.jwt"),
                   "--gateway", "gw-aaaaaaaaaaaaaaaa", "--delivery", "order-7")
    assert "For delivery order-7" in call("token", "explain", "-", input=command.stdout).stdout


def test_no_secret_is_ever_printed_or_passed_as_an_argument(tmp_path):
    made = call("key", "new", str(tmp_path / "k.pem"))
    secret = "".join((tmp_path / "k.pem").read_text().splitlines()[1:-1])
    assert secret not in made.stdout + made.stderr


def ask_socket(site, *lines: bytes) -> list[dict]:
    """Raw lines to the admin socket; whatever it answers until it closes or says nothing for a moment."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(0.3)
        link.connect(str(site.home / "run" / "admin.sock"))
        received = b""
        try:
            for line in lines:
                link.sendall(line)
            while data := link.recv(65_536):
                received += data
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            pass
    return [json.loads(line) for line in received.splitlines()]


def test_the_admin_socket_takes_nothing_out_of_turn_and_survives_every_truncation(site):
    hello = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}\n'
    add = b'{"jsonrpc":"2.0","id":2,"method":"lock.add","params":{"lock":"attic","adapter":"loopback"}}\n'
    assert ask_socket(site, add)[0]["error"]["message"] == "initialize comes first"
    for length in range(len(add) - 1):
        answers = ask_socket_fast(site, hello + add[:length] + b"\n")
        assert all("error" in answer for answer in answers if answer["id"] != 1)
    for noise in (b"\xff\xfe\n", b"[]\n", b"{}\n", b"\n", b"x" * 70_000 + b"\n", b'{"jsonrpc":"2.0","id":1,"id":2,"method":"status"}\n', b"[" * 100 + b"\n"):
        ask_socket_fast(site, hello + noise)
    assert ask_socket(site, hello, b'{"jsonrpc":"2.0","id":3,"method":"door.open","params":{}}\n')[1]["error"]["code"] == -32601
    assert "attic" not in site.run("lock", "list").stdout


def ask_socket_fast(site, data: bytes) -> list[dict]:
    """One write, end of input, and what comes back until the gateway closes."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(5)
        link.connect(str(site.home / "run" / "admin.sock"))
        received = b""
        try:
            link.sendall(data)
            link.shutdown(socket.SHUT_WR)
            while chunk := link.recv(65_536):
                received += chunk
        except (BrokenPipeError, ConnectionResetError):
            pass
    return [json.loads(line) for line in received.splitlines()]


def test_completions_come_for_three_shells():
    for shell in ("bash", "zsh", "fish"):
        done = call("--generate-completion-script", shell)
        assert done.returncode == 0 and "handover" in done.stdout


def test_the_reason_table_of_the_documents_is_the_codes_own():
    table = json.loads(call("explain", "--json").stdout)
    committed = json.loads((ROOT / "deploy" / "clients" / "reasons.json").read_text())
    assert table == committed and len(table) == 44
