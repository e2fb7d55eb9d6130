"""August locks end to end: paired with their account's key, opened by a signed command over MQTT and the virtual radio, confirmed locked again."""

import json
import os
import signal
import subprocess

import pytest
import tokens
from conftest import standing
from house_site import BIN, ROOT, until
from radio_bench import RadioBench

KEY, OTHER = "3f0c5d8a9b7e41d2a6c8f1e0b2d4967c", "00112233445566778899aabbccddeeff"
AUGUST = f"  august:\n    path: {ROOT / 'adapters' / 'august'}\n"
SPEC = f"front:august:key=4/{KEY}:door:auto=120:motor=300"


def pair(site, key=KEY, slot="4", name="front", candidate=None, check=True, **options):
    """Pairs as an installer does who has the credentials in a file."""
    file = site.folder / f"{name}.json"
    file.write_text(json.dumps({"key": key, "slot": slot, **options}))
    answers = site.folder / "answers.json"
    answers.write_text(json.dumps({"candidate": candidate} if candidate else {}))
    return site.run("pair", "august", "--name", name, "--credentials", str(file), "--answers", str(answers), check=check)


class Door:
    """A lock on the air behind a site, and what its own log says of it."""

    def __init__(self, bench, site):
        self.bench, self.site = bench, site
        self.shop = site.client("acme")
        self.grant = tokens.grant(site.alice, "acme", site.gateway, "front", maxUses=50)

    def know(self):
        self.site.run("grant", "add", "-", stdin=self.grant)

    def unlock(self, seconds=1):
        command = tokens.command(self.site.acme, self.site.gateway, "front", self.grant, openSeconds=seconds)
        self.shop.publish("command", command)
        return tokens.token_id(command)

    def moves(self, move):
        return sum(line["move"] == move and line["phase"] == "start" for line in self.bench.ask("moves")["moves"])

    def state(self):
        return self.bench.ask("state", "front")

    def shut(self):
        """Nothing is wrong with it any more, and it is locked, by its own word and by the gateway's."""
        self.bench.ask("clear")
        self.bench.ask("set", "front", jam=False, busy=False, refuse=None, battery=6000, staleMilliseconds=0, idleMilliseconds=30_000)
        if self.state()["jammed"]:
            self.bench.ask("turn", "front", action="lock")
        self.bench.wait("bolt", "locked", "front", seconds=60)
        until(lambda: self.site.lock("front")["phase"] == "closed" and self.site.lock("front").get("alarm") is None, 60, "a shut door")


def site_with(bench, **options):
    return standing(locks=("side:motor=100:auto=120",), adapters=AUGUST, radios=[f"tcp:127.0.0.1:{bench.port}"], **options)


def until_up(site):
    until(lambda: all(radio["state"] == "up" for radio in site.status()["radios"]), 20, "the radio's start")


@pytest.fixture(scope="module")
def august():
    with RadioBench(SPEC) as bench, site_with(bench) as site:
        until_up(site)
        assert "Paired: front" in pair(site).stdout
        site.until_ready("front")
        door = Door(bench, site)
        door.know()
        yield door
        # Nothing but what was on its way to a link whose end was on its way here.
        assert set(bench.violations) <= {"data on an unknown handle"}


@pytest.fixture
def door(august):
    yield august
    august.shut()


def test_an_august_lock_is_opened_by_a_signed_command_without_a_waiver(door):
    before = door.state()
    for _ in range(2):
        door.shop.reply(door.unlock(), "secured", 60)
    state = door.state()
    assert (state["bolt"], state["drives"] - before["drives"]) == ("locked", 4)
    assert (state["hurried"], state["noise"], state["wrongKeys"], state["manufacturerReads"]) == (0, 0, 0, 0)


# What is wrong with the lock, and how often its motor then starts to unlock and to lock before the door is confirmed locked.
OPENS = {
    "an acknowledgement that is lost": ({"loseAcks": True}, None),
    "a result that is lost": ({"loseResults": True}, None),
    "neither result nor pushes": ({"loseResults": True, "losePushes": True}, None),
    "slow answers": ({"slowMilliseconds": 400}, None),
    "states that are old for a while": ({"staleMilliseconds": 4000}, None),
    "a damaged answer in the handshake": ({"damage": 1}, None),
    "a short answer in the handshake": ({"truncate": 1}, None),
    "the link lost in the handshake": ({}, "key:01"),
    "the link lost at its end": ({}, "key:03"),
    "the link lost in place of the acknowledgement": ({}, "ack:0A"),
    "the link lost after the acknowledgement": ({}, "acked:0A"),
    "the link lost while the motor runs": ({}, "moving"),
    "the link lost in place of the result": ({}, "result:0A"),
}


@pytest.mark.parametrize("fault", OPENS)
def test_one_unlock_and_one_lock_whatever_is_lost_on_the_way(door, fault):
    circumstances, step = OPENS[fault]
    door.bench.wait("links", 0, "front", seconds=30)
    before = door.moves("unlock"), door.moves("lock"), door.state()["drives"]
    if circumstances:
        door.bench.ask("set", "front", **circumstances)
    if step:
        door.bench.ask("loseLinkAt", "front", step=step)
    jti = door.unlock()
    door.shop.reply(jti, "unlocked", 60)
    door.shop.reply(jti, "secured", 90)
    state = door.state()
    assert state["bolt"] == "locked"
    assert (door.moves("unlock") - before[0], door.moves("lock") - before[1], state["drives"] - before[2]) == (1, 1, 2)
    assert state["hurried"] == 0


@pytest.mark.parametrize("fault", ["damage", "truncate"])
def test_a_session_that_goes_out_of_step_is_made_anew_and_the_order_not_said_again(door, fault):
    door.shop.reply(door.unlock(), "secured", 60)
    door.bench.wait("links", 1, "front")
    before, links = door.moves("unlock"), door.state()["connections"]
    door.bench.ask("set", "front", **{fault: 1})
    jti = door.unlock()
    door.shop.reply(jti, "secured", 90)
    state = door.state()
    assert (door.moves("unlock") - before, state["bolt"], state["noise"]) == (1, "locked", 0)
    assert state["connections"] > links, "nothing was damaged"


REFUSES = {
    "a jam": ({"jam": True}, "lockJammed", 1),
    "batteries too weak": ({"battery": 4300}, "batteryCritical", 0),
    "a busy lock": ({"busy": True}, "busy", 0),
    "a refusal": ({"refuse": True}, "adapterFailed", 0),
}


@pytest.mark.parametrize("fault", REFUSES)
def test_what_the_lock_refuses_is_failed_after_one_try(door, fault):
    circumstances, reason, moves = REFUSES[fault]
    before = door.moves("unlock")
    door.bench.ask("set", "front", **circumstances)
    reply = door.shop.reply(door.unlock(), "failed", 60)
    assert reply["reason"] == reason, reply
    assert door.moves("unlock") - before == moves


def test_a_command_the_lock_never_got_is_not_said_again(door):
    door.bench.wait("links", 0, "front", seconds=30)
    before = door.moves("unlock")
    door.bench.ask("loseLinkAt", "front", step="in:0A")
    reply = door.shop.reply(door.unlock(), "failed", 60)
    assert reply["reason"] == "timeout", reply
    assert door.moves("unlock") == before and door.state()["bolt"] == "locked"


def test_a_turn_by_hand_by_code_and_by_itself_is_told_with_who_did_it(door):
    home = door.site.client("alice")
    door.bench.wait("links", 0, "front", seconds=30)
    door.bench.ask("turn", "front", action="unlock", source="keypad", slot=7)
    event = home.event("lock.unlocked", 40)["data"]
    assert (event["source"], event["actor"]) == ("keypad", {"kind": "keypadUser", "ref": "7"}), event
    home.forget()
    door.bench.ask("turn", "front", action="lock")
    assert home.event("lock.locked", 40)["data"]["source"] == "manual"
    home.close()


def test_an_adapter_killed_while_the_motor_runs_opens_nothing_twice_and_the_door_is_locked(door):
    before = door.moves("unlock")
    door.bench.ask("set", "front", motorMilliseconds=1500)
    jti = door.unlock()
    door.bench.wait("motorRunning", True, "front", seconds=30)
    pid = next(adapter["pid"] for adapter in door.site.status()["adapters"] if adapter["name"] == "august")
    os.kill(pid, signal.SIGKILL)
    door.shop.reply(jti, "secured", 120)
    door.bench.ask("set", "front", motorMilliseconds=300)
    assert door.moves("unlock") - before == 1 and door.state()["bolt"] == "locked"


def test_a_wrong_key_is_refused_after_five_tries_and_nothing_is_added():
    with RadioBench(SPEC) as bench, site_with(bench) as site:
        until_up(site)
        wrong = pair(site, key=OTHER, check=False)
        assert wrong.returncode == 2 and "five times" in wrong.stderr, wrong.stderr
        assert OTHER not in wrong.stdout + wrong.stderr + site.log("core")
        assert bench.ask("state", "front")["wrongKeys"] == 5
        malformed = pair(site, key="12", check=False)
        assert malformed.returncode == 2 and "32 hexadecimal" in malformed.stderr, malformed.stderr
        assert "front" not in site.run("lock", "list").stdout


@pytest.mark.parametrize("drops", [False, True], ids=["refused", "link dropped"])
def test_a_key_the_account_changed_opens_nothing_until_the_new_one_is_given(drops):
    with RadioBench(SPEC) as bench, site_with(bench) as site:
        until_up(site)
        pair(site)
        site.until_ready("front")
        door = Door(bench, site)
        door.know()
        door.shop.reply(door.unlock(), "secured", 60)
        bench.ask("rotateKey", "front", slot=4, key=OTHER)
        bench.ask("set", "front", dropsOnWrongKey=drops)
        bench.wait("links", 0, "front", seconds=30)
        for _ in range(3):
            reply = door.shop.reply(door.unlock(), "failed", 60)
            assert reply["reason"] == "adapterFailed", reply
        until(lambda: "refused its key five times" in site.run("adapter", "logs", "august").stdout, 20, "the word to the operator")
        assert bench.ask("state", "front")["wrongKeys"] == 5, "nobody is locked out by us"
        assert door.moves("unlock") == 1
        assert "Paired: front" in pair(site, key=OTHER).stdout
        site.until_ready("front")
        door.shop.reply(door.unlock(), "secured", 60)
        assert (door.moves("unlock"), door.state()["bolt"]) == (2, "locked")


def test_a_key_that_is_no_good_any_more_is_tried_five_times_however_often_the_lock_is_asked_for():
    with RadioBench(SPEC) as bench, site_with(bench) as site:
        until_up(site)
        pair(site)
        site.until_ready("front")
        bench.ask("rotateKey", "front", slot=4, key=OTHER)
        bench.wait("links", 0, "front", seconds=30)
        os.kill(next(adapter["pid"] for adapter in site.status()["adapters"] if adapter["name"] == "august"), signal.SIGKILL)
        until(lambda: site.log("core").count("a lock was not taken on") >= 3, 60, "the gateway's asking again")
        assert bench.ask("state", "front")["wrongKeys"] == 5
        assert not site.lock("front")["online"]


@pytest.mark.parametrize("homekit", [":homekit", ":homekit=encrypted"])
def test_a_lock_in_apple_home_paired_for_secure_mode_is_locked_so_and_tells_of_a_hand(homekit):
    with RadioBench(SPEC + homekit) as bench, site_with(bench) as site:
        until_up(site)
        pair(site, secureMode="yes", latch="yes")
        site.until_ready("front")
        door = Door(bench, site)
        door.know()
        door.shop.reply(door.unlock(), "secured", 60)
        assert (door.state()["state"], site.lock("front")["capabilities"]["unlatch"]) == ("SECURE", True)
        home = site.client("alice")
        bench.wait("links", 0, "front", seconds=30)
        bench.ask("turn", "front", action="unlock")
        assert home.event("lock.unlocked", 40)["data"]["source"] == "manual"


def test_the_adapter_keeps_the_rules_of_its_level():
    done = subprocess.run(
        [str(BIN / "lockbridge"), "conform", str(ROOT / "adapters" / "august"), "--level", "L3"], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0 and " 0 broken" in done.stdout, done.stdout + done.stderr
