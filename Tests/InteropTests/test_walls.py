"""Adapters that mean harm, under the real gateway: none leaves its box, and none delays another lock's relock (I7)."""

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
from house_site import until

EVIL = pathlib.Path(__file__).parent / "evil"


@pytest.fixture
def site():
    with standing() as site:
        yield site


def install(site, harm: str, path: pathlib.Path = EVIL, **config):
    """Puts the evil adapter beside the honest one, and starts the gateway again."""
    site.kill("core", signal.SIGTERM)
    entry = json.dumps({"path": str(path), "config": {"harm": harm, **config}})
    site.write_configuration()
    file = site.home / "lockbridge.yaml"
    file.write_text(file.read_text().replace("adapters:\n", f"adapters:\n  evil: {entry}\n"))
    site.start_gateway()
    site.until_ready("front")


def evil(site) -> dict:
    adapters = json.loads(site.run("adapter", "list", "--json").stdout)["adapters"]
    return next(adapter for adapter in adapters if adapter["name"] == "evil")


def processes_of(user: int) -> int:
    """Processes of a user that still run."""
    count = 0
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if folder.stat().st_uid == user and ") Z " not in (folder / "stat").read_text():
                count += 1
        except OSError:
            pass
    return count


HARMS = {
    "fork_bomb": None,
    "memory": "MiB of memory",
    "memory_of_children": "MiB of memory",
    "descriptors": None,
    "busy": None,
    "flood": "said too much unasked",
    "log": "said too much unasked",
    "progress": "said too much unasked",
    "observed_of_another": "said too much unasked",
    "pair_found": "said too much unasked",
    "pair_progress": "said too much unasked",
    "unheard_of": "said too much unasked",
    "cancel": "said too much unasked",
    "not_a_child_s": "said too much unasked",
    "flood_of_requests": None,
    "flood_of_answers": "answered one request twice",
    "does_not_read": "does not answer",
    "noise": None,
    "long_line": "broke the protocol",
}


@pytest.mark.parametrize("harm", HARMS)
def test_harm_stays_in_its_box_and_delays_no_neighbours_relock(site, harm):
    install(site, harm)
    shop = site.client("acme")
    grant = tokens.grant(site.alice, "acme", site.gateway, "front", maxUses=20)
    site.run("grant", "add", "-", stdin=grant)
    for _ in range(3):
        command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=2)
        shop.publish("command", command)
        shop.reply(tokens.token_id(command), "secured", 20)
    assert max(site.open_times("front")) < 4, f"open for {site.open_times('front')} s"
    cause = HARMS[harm]
    if cause:
        until(lambda: cause in (evil(site).get("cause") or ""), 20, f"the end of {harm}; it was {evil(site)}")
    user = next((folder.stat().st_uid for folder in [pathlib.Path(f"/proc/{evil(site).get('pid')}")] if folder.exists()), None)
    site.kill("core", signal.SIGTERM)
    if user is not None and user >= 1_900_000_000:
        until(lambda: processes_of(user) == 0, 10, "the end of everything it started")


def test_a_version_that_asks_for_more_waits_until_somebody_accepts_it(site):
    folder = site.folder / "evil"
    shutil.copytree(EVIL, folder)
    install(site, "nothing", folder)
    until(lambda: evil(site)["state"] == "up", 20, "its start")
    assert "adapter.accepted" in site.run("events", "list", "--limit", "50").stdout
    manifest = json.loads((folder / "adapter.json").read_text())
    manifest["needs"] = {"network": {"egress": ["evil.example:443"]}, "devices": ["/dev/ttyUSB0"]}
    (folder / "adapter.json").write_text(json.dumps(manifest))
    site.kill("core", signal.SIGTERM)
    site.start_gateway()
    assert evil(site)["state"] == "waits to be accepted" and evil(site).get("pid") is None
    text = site.run("adapter", "list").stdout
    assert "+ network evil.example:443" in text and "+ device /dev/ttyUSB0" in text
    assert site.run("adapter", "restart", "evil", check=False).returncode == 2
    assert site.run("adapter", "accept", "evil", check=False).returncode == 64, "it asks, or wants --yes"
    site.run("adapter", "accept", "evil", "--yes")
    until(lambda: evil(site)["state"] == "up", 20, "its start")
    site.kill("core", signal.SIGTERM)
    site.start_gateway()
    until(lambda: evil(site)["state"] == "up", 20, "its start after a restart")


def test_an_adapter_is_started_anew_by_hand_and_not_while_a_door_is_open(site):
    shop = site.client("acme")
    grant = tokens.grant(site.alice, "acme", site.gateway, "front")
    site.run("grant", "add", "-", stdin=grant)
    command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=3)
    shop.publish("command", command)
    shop.reply(tokens.token_id(command), "unlocked")
    refused = site.run("adapter", "restart", "loopback", check=False)
    assert refused.returncode == 2 and "front is open" in refused.stderr
    shop.reply(tokens.token_id(command), "secured", 20)
    before = site.child_pid("adapter")
    site.run("adapter", "restart", "loopback")
    until(lambda: site.child_pid("adapter") not in (None, before), 20, "its new process")
    site.until_ready("front")
    assert site.run("adapter", "restart", "nuki", check=False).returncode == 2


def test_nothing_of_the_site_can_be_taken_from_inside_the_box(site):
    port = site.buses[0].port
    neighbour = site.folder / "neighbour"
    neighbour.mkdir()
    install(
        site, "steal", seal=str(site.home / "keys" / "seal"), key=str(site.home / "keys" / "gateway.pem"),
        journal=str(site.home / "journal.sqlite"), home=str(site.home), neighbour=str(neighbour), port=port,
        admin=str(site.home / "run" / "admin.sock"), core=os.getpid())
    results = lambda: dict(re.findall(r"ATTEMPT (\w+) (\w+)", (site.folder / "core.log").read_text()))
    until(lambda: "own" in results(), 10, "its attempts")
    found = results()
    assert found.pop("own") == "done", "its own folder is its own"
    assert len(found) == 11 and "done" not in found.values(), found
    assert site.status()["frozen"] is False


def test_another_adapter_s_state_package_folder_and_process_are_out_of_reach(site):
    kept = site.home / "state" / "loopback"
    kept.mkdir(parents=True, exist_ok=True)
    (kept / "adapter").write_bytes(b"sealed")
    (site.home / "adapters").mkdir(exist_ok=True)
    places = [pathlib.Path(f"/run/lockbridge/{site.gateway}/loopback"), site.home / "run" / "children" / "loopback"]
    neighbour = next(path for path in places if path.is_dir())
    install(
        site, "pry", states=str(site.home / "state"), state=str(kept / "adapter"), packages=str(site.home / "adapters"), folder=str(neighbour))
    results = lambda: dict(re.findall(r"ATTEMPT (\w+) (\w+)", (site.folder / "core.log").read_text()))
    until(lambda: "own" in results(), 10, "its attempts")
    found = results()
    assert found.pop("own") == "done", "its own folder is its own"
    assert found.pop("inherited") == "IndexError", "no descriptor but the three pipes"
    assert len(found) == 10 and "done" not in found.values(), found
    assert (kept / "adapter").read_bytes() == b"sealed"


def test_nothing_is_kept_in_another_s_name(site):
    install(site, "as_another")
    answers = lambda: dict(re.findall(r"ANSWER (\w+) (\S+)", (site.folder / "core.log").read_text()))
    until(lambda: len(answers()) == 3, 10, "the answers")
    assert answers() == {"state": "1001", "nobody": "-32602", "blob": "-32602"}
    assert not (site.home / "state" / "loopback" / "lock-front").exists() and not (site.home / "state" / "evil").exists()


def test_the_walls_that_stand_are_told_and_those_that_do_not_with_the_reason(site):
    text = site.run("adapter", "list").stdout
    for wall in ("files (landlock)", "system calls (seccomp)", "no capabilities"):
        assert wall in text
    loopback = json.loads(site.run("adapter", "list", "--json").stdout)["adapters"][0]
    if os.geteuid() == 0:
        assert "own user" in loopback["walls"] and loopback["weaknesses"] == []
        pid = loopback["pid"]
        assert pathlib.Path(f"/proc/{pid}").stat().st_uid >= 1_900_000_000
        site.folder.chmod(0o700)
        site.kill("core", signal.SIGTERM)
        site.start_gateway()
        site.until_ready("front")
        assert "no user of its own" in site.run("adapter", "list").stdout, "where it could not reach its device, it says so"
    else:
        assert "does not run as root" in loopback["weaknesses"][0]
