"""From MQTT to the air and back: a plain lock over the gateway's own Bluetooth, paired, encrypted, and locked again whatever the radio does."""

import contextlib
import json
import re
import shutil
import signal

import pytest
import tokens
from conftest import standing
from house_site import ROOT, until
from radio_bench import RadioBench
from test_ble import listening
from test_walls import EVIL

PLAIN = f"  plain:\n    path: {ROOT / 'Tests' / 'Simulators' / 'plain-adapter'}\n"


class Air:
    """A site whose radio is the bench's."""

    def __init__(self, bench, site):
        self.bench, self.site = bench, site
        self.grants = {}

    def pair(self, name: str, model: str = "justWorks", answers: list = (), check: bool = True):
        file = self.site.folder / "answers.json"
        file.write_text(json.dumps({"candidate": self.bench.ready["locks"][name]["address"], "answers": list(answers)}))
        return self.site.run(
            "pair", "plain", "--name", name, "--answers", str(file), "--option", f"model={model}", "--waive-relock", "a test's door",
            check=check)

    def command(self, client, name: str, **claims) -> str:
        """Sends an unlock; its id."""
        grant = self.grants.setdefault(name, tokens.grant(self.site.alice, "acme", self.site.gateway, name, maxUses=50))
        if not claims.pop("installed", False):
            self.site.run("grant", "add", "-", stdin=grant)
        command = tokens.command(self.site.acme, self.site.gateway, name, grant, **claims)
        client.publish("command", command)
        return tokens.token_id(command)

    def state(self, name: str) -> dict:
        return self.bench.ask("state", name)

    def moves(self, name: str, move: str) -> int:
        return sum(1 for each in self.bench.ask("moves", name)["moves"] if each["move"] == move and each["phase"] == "start")


@pytest.fixture
def air(request):
    marker = request.node.get_closest_marker("locks")
    with RadioBench(*(marker.args if marker else ("front:door:motor=300:justWorks:encrypted",))) as bench:
        with standing(locks=("side:motor=100:auto=120",), adapters=PLAIN, radios=[f"tcp:127.0.0.1:{bench.port}"]) as site:
            until(lambda: all(radio["state"] == "up" for radio in site.status()["radios"]), 20, "the radio's start")
            yield Air(bench, site)


def test_a_signed_command_opens_a_lock_on_the_air_and_it_is_confirmed_locked_again(air):
    air.pair("front")
    air.site.until_ready("front")
    assert air.state("front")["encrypted"], "every word of it is encrypted"
    shop = air.site.client("acme")
    jti = air.command(shop, "front", openSeconds=1)
    shop.reply(jti, "secured", 30)
    assert [reply["status"] for reply in shop.replies(jti)] == ["accepted", "unlocked", "secured"]
    assert air.moves("front", "unlock") == 1 and air.moves("front", "lock") == 1
    assert air.state("front")["bolt"] == "locked"
    assert shop.event("lock.relocked")["data"]["confirmedBy"] == "lockReport"
    assert air.bench.violations == []


@pytest.mark.locks("front:numeric:authenticated", "back:passkey=481516:authenticated")
def test_a_number_is_compared_and_a_passkey_is_typed_by_whoever_pairs(air):
    air.pair("front", "numeric", [True])
    air.pair("back", "passkey", ["481516"])
    for name in ("front", "back"):
        air.site.until_ready(name)
        assert air.state(name)["encrypted"]
    shop = air.site.client("acme")
    for name in ("front", "back"):
        shop.reply(air.command(shop, name, openSeconds=1), "secured", 30)


@pytest.mark.locks("front:numeric:authenticated", "back:passkey=481516:authenticated")
def test_numbers_that_differ_and_a_wrong_passkey_add_nothing(air):
    differ = air.pair("front", "numeric", [False], check=False)
    assert differ.returncode == 2, differ.stderr
    wrong = air.pair("back", "passkey", ["481517"], check=False)
    assert wrong.returncode == 2, wrong.stderr
    listed = air.site.run("lock", "list").stdout
    assert "front" not in listed and "back" not in listed
    assert not list((air.site.home / "state").glob("plain/radio-*")), "no key is kept of a pairing that failed"


def test_keys_stay_with_the_gateway_and_are_there_after_a_restart(air):
    air.pair("front")
    air.site.until_ready("front")
    sealed = air.site.home / "state" / "plain" / "radio-front"
    assert sealed.exists() and b"ltk" not in sealed.read_bytes().lower()
    air.site.kill("core", signal.SIGTERM)
    air.site.start_gateway()
    air.site.until_ready("front")
    shop = air.site.client("acme")
    shop.reply(air.command(shop, "front", openSeconds=1), "secured", 30)
    assert air.state("front")["pairings"] == 1, "the key of the first pairing serves"


def test_a_controller_that_crashes_with_the_door_open_ends_confirmed_locked(air):
    air.pair("front")
    air.site.until_ready("front")
    shop = air.site.client("acme")
    jti = air.command(shop, "front", openSeconds=3)
    shop.reply(jti, "unlocked", 30)
    air.bench.ask("crash")
    shop.reply(jti, "secured", 60)
    assert air.state("front")["bolt"] == "locked"
    assert air.moves("front", "unlock") == 1, "it was not opened twice"
    assert "radio" in air.site.run("status").stdout


def test_a_controller_that_crashes_in_the_middle_of_an_unlock_ends_confirmed_locked(air):
    air.pair("front")
    air.site.until_ready("front")
    shop = air.site.client("acme")
    air.bench.ask("set", "front", motorMilliseconds=1500)
    jti = air.command(shop, "front", openSeconds=2)
    air.bench.wait("motorRunning", True, "front", 30)
    air.bench.ask("crash")
    last = shop.final(jti, 90) if hasattr(shop, "final") else until(lambda: next((r for r in shop.replies(jti) if r["final"]), None), 90, "its end")
    assert last["status"] in ("secured", "failed"), last
    until(lambda: air.state("front")["bolt"] == "locked", 60, "the lock's own word")
    assert air.moves("front", "unlock") == 1, "it was not opened twice"


def test_a_lock_is_paired_anew_with_new_keys(air):
    air.pair("front")
    air.site.until_ready("front")
    before = (air.site.home / "state" / "plain" / "radio-front").read_bytes()
    air.pair("front")
    air.site.until_ready("front")
    assert air.state("front")["pairings"] == 2
    assert (air.site.home / "state" / "plain" / "radio-front").read_bytes() != before
    shop = air.site.client("acme")
    shop.reply(air.command(shop, "front", openSeconds=1), "secured", 30)


def test_an_unpaired_lock_leaves_no_key_behind_and_is_out_of_reach_for_its_adapter(air):
    air.pair("front")
    air.site.until_ready("front")
    kept = lambda: list((air.site.home / "state" / "plain").glob("*-front"))
    assert {path.name for path in kept()} == {"lock-front", "radio-front"}
    air.site.run("unpair", "front", "--yes")
    until(lambda: not kept(), 10, "its keys to be gone")
    until(lambda: not air.state("front")["encrypted"], 20, "the link to be closed")
    air.site.kill("core", signal.SIGTERM)
    air.site.start_gateway()
    until(lambda: all(radio["state"] == "up" for radio in air.site.status()["radios"]), 20, "the radio's start")
    assert "front" not in air.site.run("lock", "list").stdout
    air.pair("front")
    air.site.until_ready("front")
    assert air.state("front")["pairings"] == 2


def test_no_adapter_reaches_or_hears_another_ones_lock(air):
    air.pair("front")
    air.site.until_ready("front")
    folder = air.site.folder / "evil"
    shutil.copytree(EVIL, folder)
    manifest = json.loads((folder / "adapter.json").read_text())
    manifest["needs"] = {"radio": ["ble"]}
    (folder / "adapter.json").write_text(json.dumps(manifest))
    config = json.dumps({"harm": "eavesdrop", "peer": air.bench.ready["locks"]["front"]["address"]})
    air.site.more_adapters += f"  evil:\n    path: {folder}\n    config: {config}\n"
    air.site.kill("core", signal.SIGTERM)
    air.site.write_configuration()
    air.site.start_gateway()
    log = lambda: (air.site.folder / "core.log").read_text()
    tried = lambda: dict(re.findall(r"TRY (\d+) (\S+) child=evil", log()))
    until(lambda: len(tried()) == 9, 20, f"its tries; so far {tried()}")
    found = tried()
    assert found["100"] == "1001" and found["101"] == "-32600" and found["103"] == "-32600", found
    assert found["104"] == found["105"] == "1000" and found["107"] == found["108"] == "-32601", found
    assert found["102"] == found["106"] == "done", "a filter is its own, and a link that is not there is already gone"
    air.site.until_ready("front")
    air.bench.ask("turn", "front", action="unlock")
    until(lambda: air.site.lock("front")["bolt"] == "unlocked", 20, "the lock's word to its own adapter")
    assert "HEARD" not in log(), "not even that it advertises"


def test_a_radio_that_was_started_apart_opens_locks_and_is_found_again_when_it_was_started_anew(tmp_path):
    path = tmp_path / "radio.sock"
    with contextlib.ExitStack() as stack:
        bench = stack.enter_context(RadioBench("front:door:motor=300:justWorks:encrypted"))
        place = f"tcp:127.0.0.1:{bench.port}"
        radio = stack.enter_context(listening(place, path))
        site = stack.enter_context(standing(locks=("side:motor=100:auto=120",), adapters=PLAIN, radios=[f"socket:{path}"]))

        def up():
            return all(radio["state"] == "up" for radio in site.status()["radios"])

        until(up, 20, "the radio's start")
        air = Air(bench, site)
        air.pair("front")
        air.site.until_ready("front")
        shop = air.site.client("acme")
        shop.reply(air.command(shop, "front", openSeconds=1), "secured", 30)
        radio.kill()
        until(lambda: not up(), 20, "the radio's end")
        path.unlink(missing_ok=True)
        stack.enter_context(listening(place, path))
        until(up, 30, "the radio's return")
        air.site.until_ready("front")
        shop.reply(air.command(shop, "front", openSeconds=1), "secured", 30)
        assert air.moves("front", "unlock") == 2 and air.state("front")["bolt"] == "locked"


def test_of_two_radios_each_lock_is_reached_by_the_one_that_hears_it(tmp_path):
    with RadioBench("front:motor=200:encrypted") as near, RadioBench("back:motor=200:encrypted") as far:
        radios = [f"tcp:127.0.0.1:{bench.port}" for bench in (near, far)]
        with standing(locks=("side:motor=100:auto=120",), adapters=PLAIN, radios=radios) as site:
            until(lambda: all(radio["state"] == "up" for radio in site.status()["radios"]), 20, "the radios' start")
            for name, bench in (("front", near), ("back", far)):
                Air(bench, site).pair(name)
                site.until_ready(name)
            shop = site.client("acme")
            for name, bench in (("front", near), ("back", far)):
                shop.reply(Air(bench, site).command(shop, name, openSeconds=1), "secured", 30)
            near.ask("crash", closed=True)
            until(lambda: site.status()["radios"][0]["state"] == "absent", 30, "the word of the radio that is gone")
            shop.reply(Air(far, site).command(shop, "back", openSeconds=1), "secured", 30)
