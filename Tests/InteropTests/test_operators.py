"""What operators do where something is wrong: why, alarm clear, drain, lock set."""

import json

import pytest
import tokens
from conftest import standing
from house_site import until


@pytest.fixture(scope="module")
def site():
    with standing() as site:
        yield site


@pytest.fixture(scope="module")
def shop(site):
    return site.client("acme")


@pytest.fixture(scope="module")
def grant(site):
    grant = tokens.grant(site.alice, "acme", site.gateway, "front", maxUses=50)
    site.run("grant", "add", "-", stdin=grant)
    return grant


def opened(site, shop, grant, seconds: int) -> str:
    command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=seconds)
    shop.publish("command", command)
    shop.reply(tokens.token_id(command), "unlocked")
    return tokens.token_id(command)


def why(site) -> dict:
    return json.loads(site.run("why", "front", "--json").stdout)


def test_why_tells_the_last_operation_phase_by_phase_and_that_nothing_is_the_matter(site, shop, grant):
    shop.reply(opened(site, shop, grant, 1), "secured")
    view = why(site)
    assert [step["kind"] for step in view["history"]] == ["lock.unlockAccepted", "lock.unlocked", "lock.relocked"]
    assert view["advice"] == [] and view["lock"]["bolt"] == "locked"
    text = site.run("why", "front").stdout
    assert "acme was told secured" in text and "Nothing is the matter." in text
    assert site.run("why", "cellar", check=False).returncode == 2


def test_an_open_door_is_told_with_what_to_do_and_the_operator_can_answer_for_it(site, shop, grant):
    jti = opened(site, shop, grant, 2)
    site.ask({"do": "set", "lock": "front", "door": "open"})
    until(lambda: why(site)["lock"].get("alarm") == "doorOpen", 20, "the alarm")
    assert "close it" in why(site)["advice"][0]
    assert shop.last("to/acme/obligation/front")
    assert site.run("alarm", "clear", "front", check=False).returncode == 64, "without a reason"
    site.run("alarm", "clear", "front", "--reason", "I stand at the door and lock it by hand")
    until(lambda: shop.last("to/acme/obligation/front") is None, 5, "the notice's clearing")
    view = why(site)
    assert view["lock"].get("alarm") is None and view["lock"]["owed"] == []
    assert any("by the operator: I stand at the door" in (step.get("detail") or "") for step in view["history"])
    moves = site.moves("front", "lock")
    site.ask({"do": "set", "lock": "front", "door": "closed"})
    site.run("lock", "lock", "front")
    assert site.moves("front", "lock") == moves + 1
    assert not [reply for reply in shop.replies(jti) if reply["status"] == "secured"], "nobody claims what was not read for it"
    again = site.run("alarm", "clear", "front", "--reason", "x", check=False)
    assert again.returncode == 2 and "Nothing is owed" in again.stderr


def test_draining_locks_what_is_open_and_refuses_unlocks_until_it_is_ended(site, shop, grant):
    jti = opened(site, shop, grant, 60)
    assert "Drained" in site.run("drain").stdout
    shop.reply(jti, "secured")
    command = tokens.command(site.acme, site.gateway, "front", grant)
    shop.publish("command", command)
    assert shop.any_reply(tokens.token_id(command))["reason"] == "shuttingDown"
    assert "DRAINED" in site.run("status").stdout
    site.run("drain", "--end")
    shop.reply(opened(site, shop, grant, 1), "secured")


def test_a_locks_settings_change_and_are_kept(site):
    assert site.run("lock", "set", "front", check=False).returncode == 64, "nothing named"
    site.run("lock", "set", "front", "--max-open-seconds", "90", "--title", "Front door", "--always-locked", "--waive-relock", "it closes itself")
    view = site.lock("front")
    assert (view["maximumOpenSeconds"], view["title"], view["relockWaiver"]) == (90, "Front door", "it closes itself")
    site.run("lock", "set", "front", "--waive-relock", "", "--no-always-locked")
    assert "relockWaiver" not in site.lock("front")
    assert site.run("lock", "set", "front", "--max-open-seconds", "0", check=False).returncode == 1
    assert site.run("lock", "set", "cellar", "--title", "x", check=False).returncode == 2
