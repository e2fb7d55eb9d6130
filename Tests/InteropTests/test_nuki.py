"""Nuki locks end to end: paired from the command line, opened by a signed command over MQTT and the virtual radio, confirmed locked again."""

import json
import subprocess

import pytest
import tokens
from conftest import standing
from house_site import BIN, ROOT, until
from radio_bench import RadioBench

NUKI = f"  nuki:\n    path: {ROOT / 'adapters' / 'nuki'}\n"


@pytest.fixture(params=["front:nuki=3:pin=4711:door:auto=120:motor=300", "front:nuki=5:pin=482913:auto=120:motor=300"], ids=["generation 3", "generation 5"])
def nuki(request):
    with RadioBench(request.param) as bench:
        with standing(locks=("side:motor=100:auto=120",), adapters=NUKI, radios=[f"tcp:127.0.0.1:{bench.port}"]) as site:
            until(lambda: all(radio["state"] == "up" for radio in site.status()["radios"]), 20, "the radio's start")
            yield bench, site, "482913" if "nuki=5" in request.param else "4711"


def pair(bench, site, pin: str, *more: str, check: bool = True):
    file = site.folder / "answers.json"
    file.write_text(json.dumps({"answers": [pin]}))
    bench.ask("press", "front")
    return site.run("pair", "nuki", "--name", "front", "--answers", str(file), *more, check=check)


def test_a_nuki_lock_is_paired_and_opened_by_a_signed_command_without_a_waiver(nuki):
    bench, site, pin = nuki
    assert "Paired: front" in pair(bench, site, pin).stdout
    site.until_ready("front")
    shop = site.client("acme")
    grant = tokens.grant(site.alice, "acme", site.gateway, "front", maxUses=5)
    site.run("grant", "add", "-", stdin=grant)
    for _ in range(2):
        command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=1)
        shop.publish("command", command)
        shop.reply(tokens.token_id(command), "secured", 60)
    state = bench.ask("state", "front")
    assert state["bolt"] == "locked" and state["drives"] == 4 and state.get("replayedNonces", 0) == 0
    site.run("unpair", "front", "--yes")
    assert bench.ask("state", "front")["keys"] == [] and "front" not in site.run("lock", "list").stdout
    assert bench.violations == []


def test_a_lock_whose_auto_lock_is_off_opens_for_nobody_until_the_installer_turns_it_on():
    with RadioBench("front:nuki=3:pin=4711:door:motor=30") as bench:
        with standing(locks=("side:motor=100:auto=120",), adapters=NUKI, radios=[f"tcp:127.0.0.1:{bench.port}"]) as site:
            until(lambda: all(radio["state"] == "up" for radio in site.status()["radios"]), 20, "the radio's start")
            pair(bench, site, "4711")
            site.until_ready("front")
            shop = site.client("acme")
            grant = tokens.grant(site.alice, "acme", site.gateway, "front", maxUses=5)
            site.run("grant", "add", "-", stdin=grant)
            command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=1)
            shop.publish("command", command)
            assert shop.reply(tokens.token_id(command), "refused", 20)["reason"] == "relockDoubtful"
            site.run("lock", "set", "front", "--auto-relock", "120")
            assert bench.ask("state", "front")["autoRelock"] == {"armed": True, "seconds": 120, "waitsForDoor": True}
            command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=1)
            shop.publish("command", command)
            shop.reply(tokens.token_id(command), "secured", 60)


def test_a_lock_whose_pin_was_not_given_is_forgotten_only_by_force():
    with RadioBench("front:nuki=3:pin=4711:auto=120:motor=30") as bench:
        with standing(locks=("side:motor=100:auto=120",), adapters=NUKI, radios=[f"tcp:127.0.0.1:{bench.port}"]) as site:
            until(lambda: all(radio["state"] == "up" for radio in site.status()["radios"]), 20, "the radio's start")
            pair(bench, site, "0", "--waive-relock", "a test's door")
            site.until_ready("front")
            never = site.run("unpair", "front", "--yes", check=False)
            assert never.returncode == 2 and "Nuki's app" in never.stderr and "Nothing was forgotten" in never.stderr, never.stderr
            site.run("unpair", "front", "--yes", "--force")
            assert "front" not in site.run("lock", "list").stdout


def test_a_jam_while_relocking_raises_the_alarm_until_it_is_gone(nuki):
    bench, site, pin = nuki
    pair(bench, site, pin)
    site.until_ready("front")
    shop = site.client("acme")
    grant = tokens.grant(site.alice, "acme", site.gateway, "front")
    site.run("grant", "add", "-", stdin=grant)
    command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=2)
    shop.publish("command", command)
    shop.reply(tokens.token_id(command), "unlocked", 60)
    bench.ask("set", "front", jam=True)
    until(lambda: site.lock("front").get("alarm") == "lockJammed", 60, "the alarm")
    bench.ask("set", "front", jam=False)
    until(lambda: bench.ask("state", "front")["bolt"] == "locked", 90, "the lock's own word")
    until(lambda: site.lock("front").get("alarm") is None, 30, "the end of the alarm")


def test_out_of_pairing_mode_nothing_is_found_and_a_wrong_pin_adds_nothing(nuki):
    bench, site, pin = nuki
    if pin == "482913":
        wrong = pair(bench, site, "111111", check=False)
        assert wrong.returncode == 2 and "PIN" in wrong.stderr, wrong.stderr
        assert "front" not in site.run("lock", "list").stdout
    site.run("adapter", "list")
    assert not (site.home / "state" / "nuki" / "lock-front").exists()


@pytest.mark.parametrize("generation", [3, 5])
def test_the_adapter_keeps_the_rules_of_its_level(generation, tmp_path):
    folder = ROOT / "adapters" / "nuki"
    manifest = json.loads((folder / "adapter.json").read_text())
    assert manifest["level"] == "L3"
    manifest["standIn"]["run"] += ["--generation", str(generation)]
    (tmp_path / "adapter.json").write_text(json.dumps(manifest))
    (tmp_path / "stand_in").symlink_to(folder / "stand_in")
    done = subprocess.run([str(BIN / "lockbridge"), "conform", str(tmp_path), "--level", "L3"], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0 and " 0 broken" in done.stdout, done.stdout + done.stderr
    missed = {line.split()[0] for line in done.stdout.splitlines() if "not reached" in line and line.startswith("LB-")}
    assert missed == {"LB-L1-14", "LB-L2-04", "LB-L3-08"}, "it unlatches, masks no code, and has no timed unlock; all else is tried"
