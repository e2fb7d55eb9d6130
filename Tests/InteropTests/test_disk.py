"""A disk that fills up or fails under the real gateway: doors are locked, nothing opens, and what it recorded is whole."""

import json
import pathlib
import subprocess

import pytest
import tokens
from conftest import standing
from house_site import BIN, until

HERE = pathlib.Path(__file__).parent


class Disk:
    def __init__(self, folder: pathlib.Path):
        self.file = folder / "disk"
        self.library = folder / "disk_shim.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.library, HERE / "disk_shim.c", "-ldl"], check=True)
        self.is_("sound")

    def is_(self, state: str):
        new = self.file.with_suffix(".new")
        new.write_text(state)
        new.rename(self.file)

    @property
    def environment(self) -> dict:
        return {"LD_PRELOAD": str(self.library), "LOCKBRIDGE_TEST_DISK": str(self.file)}


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path)


def opened(site):
    """A door that stands open for a minute, and the grant that opened it."""
    shop, home = site.client("acme"), site.client("alice")
    grant = tokens.grant(site.alice, "acme", site.gateway, "front", maxUses=9)
    site.run("grant", "add", "-", stdin=grant)
    command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=60)
    shop.publish("command", command)
    shop.reply(tokens.token_id(command), "unlocked")
    return shop, home, grant, command


def status(site) -> dict:
    return json.loads(site.run("status", "--json", check=False).stdout)


def test_a_full_disk_locks_what_is_open_records_it_and_opens_again_when_there_is_room(disk):
    with standing(core_environment=disk.environment) as site:
        shop, home, grant, command = opened(site)
        assert (site.home / "reserve").stat().st_size == 1 << 20
        disk.is_("full")
        # One more record, and the disk has no room for it.
        site.run("principal", "suspend", "acme")
        site.until_locked("front", 10)
        assert home.event("lock.relocked", 10), "the relock is recorded from the reserve"
        shop.reply(tokens.token_id(command), "secured", 10)
        frozen = site.run("status", check=False)
        assert frozen.returncode == 75 and "the disk is full" in frozen.stdout
        assert not (site.home / "reserve").exists()
        another = tokens.command(site.acme, site.gateway, "front", grant)
        shop.publish("command", another)
        assert shop.any_reply(tokens.token_id(another))["status"] == "refused"
        disk.is_("sound")
        until(lambda: site.run("status", check=False).returncode == 0, 15, "the thaw")
        assert (site.home / "reserve").stat().st_size == 1 << 20
        site.run("principal", "resume", "acme")
        third = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=1)
        shop.publish("command", third)
        shop.reply(tokens.token_id(third), "secured", 30)
        assert site.moves("front", "unlock") == 2
        site.run("audit", "verify")


def test_a_gateway_killed_on_a_full_disk_comes_up_frozen_and_locks(disk):
    with standing(core_environment=disk.environment) as site:
        opened(site)
        site.kill("core")
        disk.is_("full")
        site.spawn("core", [str(BIN / "lockbridge"), "run", "--home", str(site.home)], site.core_environment)
        until(lambda: site.run("status", check=False).returncode == 75, 20, "the frozen gateway's start")
        assert "the disk is full" in status(site)["frozenBecause"]
        site.until_locked("front", 20)
        disk.is_("sound")
        until(lambda: site.run("status", check=False).returncode == 0, 15, "the thaw")
        site.run("audit", "verify")


def test_a_sync_that_failed_is_never_tried_again_doors_are_locked_and_the_process_ends_with_75(disk):
    with standing(core_environment=disk.environment) as site:
        shop, _, _, command = opened(site)
        disk.is_("failing")
        # Its record can't be synced, so it is never said to be done.
        site.run("principal", "suspend", "acme", check=False)
        core = site.processes.pop("core")
        assert core.wait(70) == 75
        assert site.ask({"do": "state", "lock": "front"})["bolt"] == "locked"
        assert "the journal can't be written" in site.log("core")
        disk.is_("sound")
        site.start_gateway()
        site.run("audit", "verify")
        shop.reply(tokens.token_id(command), "secured", 30)
        assert site.moves("front", "unlock") == 1
