"""A wall clock that steps, goes back, or was never set, under the real gateway: no jump revives anything, and nothing keeps a door open."""

import pathlib
import subprocess
import time

import pytest
import tokens
from conftest import standing
from house_site import until

HERE = pathlib.Path(__file__).parent
DAY = 86_400


class Clock:
    """What the core's wall clock shows beside the real one, and whether the kernel calls it synchronised."""

    def __init__(self, folder: pathlib.Path):
        self.file = folder / "clock"
        self.library = folder / "clock_shim.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.library, HERE / "clock_shim.c", "-ldl"], check=True)
        self.set()

    def set(self, offset: int = 0, synchronised: bool = True):
        new = self.file.with_suffix(".new")
        new.write_text(f"{offset} {int(synchronised)}")
        new.rename(self.file)
        # The core asks the kernel once a second.
        time.sleep(1.1)

    @property
    def environment(self) -> dict:
        return {"LD_PRELOAD": str(self.library), "LOCKBRIDGE_TEST_CLOCK": str(self.file)}


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path)


@pytest.fixture
def site(clock):
    with standing(clock="kernel", core_environment=clock.environment) as site:
        yield site


def granted(site):
    grant = tokens.grant(site.alice, "acme", site.gateway, "front", maxUses=50)
    site.run("grant", "add", "-", stdin=grant)
    return grant


def ask(site, shop, grant, **changes):
    command = tokens.command(site.acme, site.gateway, "front", grant, **changes)
    shop.publish("command", command)
    return tokens.token_id(command)


def test_without_a_synchronised_clock_a_command_opens_with_the_challenge_and_not_without(site, clock):
    shop, grant = site.client("acme"), granted(site)
    shop.reply(ask(site, shop, grant, openSeconds=1), "secured", 20)
    clock.set(synchronised=False)
    nonce = shop.wait(lambda topic, body: topic == "to/acme/challenge" and body, 40, "challenge")[1]["nonce"]
    refused = shop.any_reply(ask(site, shop, grant))
    assert (refused["reason"], refused["retry"], refused["timeTrust"], refused["nonce"]) == ("nonceNeeded", "newToken", "floor", nonce)
    shop.reply(ask(site, shop, grant, nonce=nonce, openSeconds=1), "secured", 20)
    assert site.moves("front", "unlock") == 2
    late = site.client("acme")
    assert late.wait(lambda topic, body: topic == "to/acme/challenge", 5, "retained challenge")[1]["expiresInSeconds"] == 60
    clock.set(synchronised=True)
    shop.wait(lambda topic, body: topic == "to/acme/challenge" and body is None, 40, "the challenge's clearing")
    shop.reply(ask(site, shop, grant, openSeconds=1), "secured", 20)


@pytest.mark.parametrize("offset", [-400 * DAY, -60, 3650 * DAY])
def test_a_clock_that_jumps_opens_nothing_and_the_open_door_is_locked_in_its_time(site, clock, offset):
    shop, grant = site.client("acme"), granted(site)
    opened = ask(site, shop, grant, openSeconds=4)
    shop.reply(opened, "unlocked")
    clock.set(offset)
    shop.reply(opened, "secured", 20)
    assert max(site.open_times("front")) < 7
    assert shop.any_reply(ask(site, shop, grant))["reason"] == "clockUntrusted"
    shown = site.run("clock").stdout
    assert "untrusted" in shown and "clock accept" in shown
    site.kill("core")
    site.start_gateway()
    site.until_ready("front")
    assert shop.any_reply(ask(site, shop, grant))["reason"] == "clockUntrusted"
    lock = ask(site, shop, grant, action="lock", openSeconds=None)
    shop.reply(lock, "secured", 20)
    clock.set()
    if offset < 0:
        shop.reply(ask(site, shop, grant, openSeconds=1), "secured", 20)
        assert site.moves("front", "unlock") == 2
    site.run("audit", "verify")


def test_a_step_forward_waits_for_the_operators_word(site, clock):
    shop, grant = site.client("acme"), granted(site)
    clock.set(900)
    assert shop.any_reply(ask(site, shop, grant))["reason"] == "clockUntrusted"
    assert site.run("clock", "accept", check=False).returncode == 64, "it asks, or wants --yes"
    assert "trusted now" in site.run("clock", "accept", "--yes").stdout
    soon = int(time.time()) + 900
    shop.reply(ask(site, shop, grant, iat=soon, exp=soon + 60, openSeconds=1), "secured", 20)
    assert site.moves("front", "unlock") == 1
    assert "gateway.clockAccepted" in site.run("events", "list", "--limit", "50").stdout


def test_no_clock_at_the_first_start_opens_nothing(clock):
    clock.set(-50 * 365 * DAY, synchronised=False)
    with standing(clock="kernel", core_environment=clock.environment) as site:
        shop, grant = site.client("acme"), granted(site)
        assert shop.any_reply(ask(site, shop, grant))["reason"] == "clockUntrusted"
        assert "no trusted time" in site.run("status").stdout
        clock.set()
        shop.reply(ask(site, shop, grant, openSeconds=1), "secured", 20)
        until(lambda: site.status()["clock"]["trust"] == "trusted", 5, "trusted time")
