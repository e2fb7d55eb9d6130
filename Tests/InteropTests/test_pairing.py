"""Pairing over the real gateway: it lives there and not in the terminal, asks one thing at a time, and a bad adapter harms nobody by it."""

import json
import os
import pathlib
import re
import shutil
import signal
import time

import pytest
import tokens
from conftest import standing
from house_site import ROOT, until
from terminal import Terminal

HERE = pathlib.Path(__file__).parent
KIT = ROOT / "adapters" / "template-python" / "lockbridge_adapter.py"
ANSWERS = {"candidate": "Back", "answers": [True, "123456", "right"]}


@pytest.fixture
def site():
    with standing() as site:
        yield site


def install(site, manner: str = "honest"):
    """Puts the pairing adapter beside the honest one, and starts the gateway again."""
    folder = site.folder / "pairing"
    shutil.copytree(HERE / "pairing", folder)
    shutil.copy(KIT, folder)
    site.kill("core", signal.SIGTERM)
    site.write_configuration()
    file = site.home / "lockbridge.yaml"
    entry = json.dumps({"path": str(folder), "config": {"manner": manner}})
    file.write_text(file.read_text().replace("adapters:\n", f"adapters:\n  pairing: {entry}\n"))
    site.start_gateway()
    site.until_ready("front")
    until(lambda: adapter(site)["state"] == "up", 20, "the adapter's start")


def adapter(site) -> dict:
    adapters = json.loads(site.run("adapter", "list", "--json").stdout)["adapters"]
    return next(entry for entry in adapters if entry["name"] == "pairing")


def pair(site, name: str, answers: dict, *more: str, check: bool = True):
    file = site.folder / "answers.json"
    file.write_text(json.dumps(answers))
    return site.run("pair", "pairing", "--name", name, "--answers", str(file), *more, check=check)


def log(site) -> str:
    return (site.folder / "core.log").read_text()


def test_a_lock_is_paired_by_a_file_of_answers_and_opens(site):
    install(site)
    text = pair(site, "shed", ANSWERS).stdout
    assert "[2/3] exchanging keys" in text and "Paired: shed" in text and "firmware 1.2.3" in text
    site.until_ready("shed")
    assert "secured" in site.run("lock", "unlock", "shed", "--open-seconds", "1").stdout
    site.run("identify", "shed")
    until(lambda: "shed beeps" in log(site), 10, "its beep")
    assert "123456" not in log(site) and "key-of" not in log(site), "neither the PIN nor the key is in a log"
    sealed = (site.home / "state" / "pairing" / "lock-shed").read_bytes()
    assert b"key-of" not in sealed


def test_what_was_paired_is_there_after_a_restart_and_pairing_anew_replaces_the_key(site):
    install(site)
    pair(site, "shed", ANSWERS)
    before = (site.home / "state" / "pairing" / "lock-shed").read_bytes()
    site.kill("core", signal.SIGTERM)
    site.start_gateway()
    site.until_ready("shed")
    until(lambda: "added with a key for two" in log(site), 10, "its key")
    pair(site, "shed", {"candidate": "one", "answers": [True, "123456", "left"]})
    until(lambda: "added with a key for one" in log(site), 10, "the new key")
    assert (site.home / "state" / "pairing" / "lock-shed").read_bytes() != before
    refused = pair(site, "front", ANSWERS, check=False)
    assert refused.returncode == 2 and "of the adapter loopback" in refused.stderr
    site.run("pair", "--cancel")


def test_a_pairing_survives_the_terminal_it_was_begun_from(site):
    install(site)
    first = Terminal(site, "pair", "pairing", "--name", "shed")
    first.expect("Which? 1-2")
    first.type("9")
    first.expect("1 to 2, or 0")
    first.type("1")
    first.expect("1 done, 2 can't")
    first.leave()
    second = Terminal(site, "pair", "--resume")
    second.expect("Press the button on the lock")
    second.type("1")
    second.expect("PIN (not shown)")
    second.type("123456")
    second.expect("2  right")
    second.type("2")
    second.expect("Paired: shed")
    second.expect("Try it now?")
    second.type("2")
    assert second.status() == 0
    assert "123456" not in second.text, "a secret is not shown while it is typed"
    assert "\x1b" not in second.text.replace("\x1b[", ""), "nothing but colours"
    site.until_ready("shed")


def test_a_wrong_pin_a_refusal_and_giving_up_add_nothing(site):
    install(site)
    wrong = pair(site, "shed", {"answers": [True, "000000", "left"]}, check=False)
    assert wrong.returncode == 2 and "the lock refused the PIN" in wrong.stderr and "adapterFailed" in wrong.stderr
    refused = pair(site, "shed", ANSWERS, "--option", "refuse=1", check=False)
    assert refused.returncode == 2 and "the vendor does not know these words" in refused.stderr
    short = pair(site, "shed", {"answers": [True]}, check=False)
    assert short.returncode == 1 and "no answer to: The PIN" in short.stderr
    until(lambda: "pairing was given up" in log(site), 10, "the adapter to hear of it")
    assert site.run("pair", "--cancel", check=False).returncode == 2
    terminal = Terminal(site, "pair", "pairing", "--name", "shed")
    terminal.expect("Which? 1-")
    other = site.run("pair", "pairing", "--name", "barn", check=False)
    assert other.returncode == 2 and "pair --resume" in other.stderr
    terminal.type("0")
    assert terminal.status() == 1
    assert "shed" not in site.run("lock", "list").stdout
    assert not (site.home / "state" / "pairing" / "lock-shed").exists()


def test_what_an_adapter_asks_can_move_no_cursor(site):
    install(site, "escapes")
    terminal = Terminal(site, "pair", "pairing", "--name", "shed")
    terminal.expect("Which? 1-")
    terminal.type("1")
    terminal.expect("1 yes, 2 no")
    assert "\x1b" not in terminal.text and "\x07" not in terminal.text and "\u202e" not in terminal.text
    assert "\\u{1b}[2J" in terminal.text and "\nlockbridge: paired" not in terminal.text
    terminal.type("1")
    terminal.expect("Paired")
    terminal.expect("Try it now?")
    terminal.type("2")
    terminal.status()


@pytest.mark.parametrize("manner", ["promptFlood", "promptBeside"])
def test_who_asks_too_much_is_ended_and_the_neighbours_go_on(site, manner):
    install(site, manner)
    ended = pair(site, "shed", {"answers": [True] * (100 if manner == "promptFlood" else 0) or [], "candidate": "one"}, check=False)
    assert ended.returncode != 0
    until(lambda: "said too much unasked" in (adapter(site).get("cause") or "") or manner == "promptBeside", 20, "its end")
    assert "secured" in site.run("lock", "unlock", "front", "--open-seconds", "1").stdout
    assert "shed" not in site.run("lock", "list").stdout


def test_an_adapter_that_dies_in_the_middle_ends_its_pairing_and_nothing_is_added(site):
    install(site)
    terminal = Terminal(site, "pair", "pairing", "--name", "shed")
    terminal.expect("Which? 1-")
    terminal.type("1")
    terminal.expect("1 done")
    os.kill(adapter(site)["pid"], signal.SIGKILL)
    terminal.expect("The adapter ended")
    assert terminal.status() == 2
    until(lambda: adapter(site)["state"] == "up", 30, "its restart")
    pair(site, "shed", ANSWERS)
    site.until_ready("shed")


def test_keys_that_are_too_large_are_refused(site):
    install(site, "largeState")
    refused = pair(site, "shed", {"candidate": "one", "answers": [True, "123456", "left"]}, check=False)
    assert refused.returncode == 2 and "could not be kept" in refused.stderr
    assert "shed" not in site.run("lock", "list").stdout


def test_what_an_adapter_keeps_in_pieces_is_sealed_bounded_and_there_after_a_restart(site):
    install(site, "blobs")
    told = lambda: dict(re.findall(r"BLOB (\w+) (.+?) child=", log(site)))
    until(lambda: "ninth" in told(), 20, f"its last try; so far {told()}")
    assert told() == {
        "before": "error -32602", "put": "done", "get": "same", "large": "error 1003", "gap": "error -32602", "name": "error -32602",
        "ninth": "error 1003"}
    sealed = (site.home / "state" / "pairing" / "blob-backup").read_bytes()
    assert bytes(number * 7 % 251 for number in range(100)) not in sealed
    site.kill("core", signal.SIGTERM)
    site.start_gateway()
    until(lambda: told().get("before") == "same", 20, "the blob after a restart")


def sealed_of(site, lock: str) -> list:
    return list((site.home / "state").glob(f"*/*-{lock}"))


def test_a_lock_is_unpaired_and_forgotten_and_its_name_can_be_given_again(site):
    install(site)
    pair(site, "shed", ANSWERS)
    site.until_ready("shed")
    assert sealed_of(site, "shed")
    grant = tokens.grant(site.alice, "acme", site.gateway, "shed", maxUses=50)
    site.run("grant", "add", "-", stdin=grant)
    shop = site.client("acme")
    refused = site.run("unpair", "shed", check=False)
    assert refused.returncode == 64 and "--yes" in refused.stderr, "nobody was there to be asked"
    terminal = Terminal(site, "unpair", "shed")
    terminal.expect("1 yes, 0 no")
    terminal.type("1")
    terminal.expect("Removed: shed")
    assert terminal.status() == 0
    assert all(len(line) <= 40 for line in terminal.text.splitlines()), terminal.text
    until(lambda: "shed was reset" in log(site) and not sealed_of(site, "shed"), 10, "its keys to be gone")
    for _ in range(2):
        assert "shed" not in site.run("lock", "list").stdout
        command = tokens.command(site.acme, site.gateway, "shed", grant)
        shop.publish("command", command)
        assert shop.reply(tokens.token_id(command), "refused", 20)["reason"] == "unknownLock"
        assert json.loads(site.run("audit", "verify", "--json").stdout)["good"]
        site.kill("core", signal.SIGTERM)
        site.start_gateway()
        site.until_ready("front")
    pair(site, "shed", ANSWERS)
    site.until_ready("shed")
    command = tokens.command(site.acme, site.gateway, "shed", grant)
    shop.publish("command", command)
    assert shop.reply(tokens.token_id(command), "refused", 20)["reason"] == "grantRevoked", "the grant was for the lock before"
    assert "secured" in site.run("lock", "unlock", "shed", "--open-seconds", "1").stdout


def test_a_lock_out_of_reach_is_forgotten_only_by_force(site):
    install(site, "unreachable")
    pair(site, "shed", {"candidate": "one", "answers": [True, "123456", "left"]})
    site.until_ready("shed")
    refused = site.run("unpair", "shed", "--yes", check=False)
    assert refused.returncode == 2 and "out of reach" in refused.stderr and "Nothing was forgotten" in refused.stderr
    assert sealed_of(site, "shed")
    assert "secured" in site.run("lock", "unlock", "shed", "--open-seconds", "1").stdout, "it serves as before"
    forced = site.run("unpair", "shed", "--yes", "--force")
    assert "may still" in forced.stdout and "hold the key" in forced.stdout
    until(lambda: not sealed_of(site, "shed"), 10, "its keys to be gone")
    assert "shed" not in site.run("lock", "list").stdout
    assert "shed was reset" not in log(site)
    site.run("unpair", "front", "--yes")
    assert "front" not in site.run("lock", "list").stdout, "a lock that is paired with by nothing is let go by its adapter all the same"


def test_a_lock_that_is_open_is_not_unpaired(site):
    install(site)
    pair(site, "shed", ANSWERS)
    site.until_ready("shed")
    site.run("grant", "add", "-", stdin=(grant := tokens.grant(site.alice, "acme", site.gateway, "shed", maxUses=50)))
    shop = site.client("acme")
    command = tokens.command(site.acme, site.gateway, "shed", grant, openSeconds=8)
    shop.publish("command", command)
    shop.reply(tokens.token_id(command), "unlocked", 20)
    refused = site.run("unpair", "shed", "--yes", "--force", check=False)
    assert refused.returncode == 2 and "(busy)" in refused.stderr
    assert "shed was reset" not in log(site), "its adapter was not even asked"
    shop.reply(tokens.token_id(command), "secured", 30)
    site.run("unpair", "shed", "--yes")
