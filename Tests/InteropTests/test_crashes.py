"""kill -9 of every process while the door is unlocked: afterwards confirmed locked or an alarm, and never a second unlock."""

import os
import signal

import pytest
import tokens
from house_site import until


def opened(site, seconds: int = 60):
    """A door that a signed command has opened."""
    shop, home = site.client("acme"), site.client("alice")
    grant = tokens.grant(site.alice, "acme", site.gateway, "front")
    site.run("grant", "add", "-", stdin=grant)
    command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=seconds)
    shop.publish("command", command)
    shop.reply(tokens.token_id(command), "unlocked")
    return shop, home, command


def test_the_core_killed_while_unlocked_relocks_after_its_restart_and_never_reopens(site):
    shop, home, command = opened(site)
    jti = tokens.token_id(command)
    site.kill("core")
    assert shop.wait(lambda topic, body: topic == "gateway/availability" and body == "offline", 30)
    assert shop.last("to/acme/obligation/front"), "the notice stands while nobody is there"
    site.start_gateway()
    assert home.event("lock.alarmRaised", 30)["data"]["reason"] == "abortedByRestart"
    shop.reply(jti, "secured", 30)
    site.until_locked("front")
    shop.forget()
    shop.publish("command", command)
    assert shop.any_reply(jti)["status"] == "secured"
    until(lambda: shop.last("to/acme/obligation/front") is None, 5, "the notice's clearing")
    assert site.moves("front", "unlock") == 1
    site.run("audit", "verify")


def test_the_adapter_killed_while_unlocked_comes_back_and_the_door_is_locked(site):
    shop, _, command = opened(site, 4)
    os.kill(site.child_pid("adapter"), signal.SIGKILL)
    shop.reply(tokens.token_id(command), "secured", 40)
    site.until_locked("front")
    assert site.moves("front", "unlock") == 1


def test_the_bus_killed_while_unlocked_delays_no_relock_and_loses_no_event(site):
    shop, _, command = opened(site, 3)
    os.kill(site.child_pid("bus"), signal.SIGKILL)
    site.until_locked("front")
    shop.event("lock.relocked", 40)
    sequences = [int(event["sequence"]) for event in shop.events()]
    assert sorted(set(sequences)) == list(range(min(sequences), max(sequences) + 1))
    assert site.moves("front", "unlock") == 1
    shop.forget()
    shop.publish("command", command)
    assert shop.any_reply(tokens.token_id(command))["status"] == "secured"


def test_the_broker_killed_while_unlocked_delays_no_relock(site):
    shop, _, command = opened(site, 3)
    shop.subscribed.clear()
    site.kill("broker")
    site.until_locked("front")
    site.start_broker()
    assert shop.subscribed.wait(30)
    until(site.is_connected, 30, "the gateway's return")
    shop.forget()
    shop.publish("command", command)
    assert shop.any_reply(tokens.token_id(command))["status"] == "secured"
    assert site.moves("front", "unlock") == 1


def test_an_orderly_stop_locks_what_is_open_before_it_ends(site):
    _, _, _ = opened(site)
    assert site.kill("core", signal.SIGTERM) == 0
    assert site.ask({"do": "state", "lock": "front"})["bolt"] == "locked"
    assert site.moves("front", "unlock") == 1


@pytest.mark.parametrize("round", range(3))
def test_the_core_killed_right_after_accepted_never_sends_the_unlock_again(site, round):
    shop, _ = site.client("acme"), site.client("alice")
    grant = tokens.grant(site.alice, "acme", site.gateway, "front")
    site.run("grant", "add", "-", stdin=grant)
    command = tokens.command(site.acme, site.gateway, "front", grant)
    jti = tokens.token_id(command)
    shop.publish("command", command)
    shop.reply(jti, "accepted")
    site.kill("core")
    moved = site.moves("front", "unlock")
    assert moved <= 1
    site.start_gateway()
    shop.reply(jti, "secured", 30)
    site.until_locked("front")
    assert site.moves("front", "unlock") <= 1
