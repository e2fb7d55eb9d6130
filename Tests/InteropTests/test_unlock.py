"""The main job, on real parts: a command signed by PyJWT opens a lock once, and the door is confirmed locked again."""

import json
import time

import tokens
from house_site import until
from tokens import Signer


def installed_grant(site, client=None, **changes) -> str:
    token = tokens.grant(site.alice, "acme", site.gateway, "front", **changes)
    file = site.folder / "grant.jwt"
    file.write_text(token)
    site.run("grant", "add", str(file))
    return token


def test_a_signed_command_opens_the_lock_once_and_the_door_is_confirmed_locked_again(site):
    shop, home = site.client("acme"), site.client("alice")
    grant = installed_grant(site)
    command = tokens.command(site.acme, site.gateway, "front", grant)
    jti = tokens.token_id(command)
    shop.publish("command", command)

    accepted = shop.reply(jti, "accepted")
    assert accepted["final"] is False and accepted["kind"] == "command" and "relockBy" in accepted
    assert shop.reply(jti, "unlocked")["final"] is False
    secured = shop.reply(jti, "secured")
    assert secured["final"] is True
    assert [reply["status"] for reply in shop.replies(jti)] == ["accepted", "unlocked", "secured"]

    assert site.moves("front", "unlock") == 1
    assert site.moves("front", "lock") == 1
    assert site.ask({"do": "state", "lock": "front"})["bolt"] == "locked"
    for client in (shop, home):
        client.event("lock.relocked")
        kinds = [event["type"] for event in client.events() if event.get("commandid") == jti]
        assert kinds == ["lockbridge.lock.unlockAccepted.v1", "lockbridge.lock.unlocked.v1", "lockbridge.lock.relocked.v1"]
        sequences = [int(event["sequence"]) for event in client.events()]
        assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    relocked = shop.event("lock.relocked")
    assert relocked["specversion"] == "1.0" and relocked["subject"] == "lock/front" and len(relocked["sequence"]) == 19
    assert relocked["data"]["state"] == "locked" and relocked["data"]["confirmedBy"] in ("bolt", "boltAndDoor", "lockReport")


def test_the_relock_is_announced_before_the_motor_moves_and_cleared_by_the_confirmed_lock(site):
    shop, home = site.client("acme"), site.client("alice")
    grant = installed_grant(site)
    command = tokens.command(site.acme, site.gateway, "front", grant)
    jti = tokens.token_id(command)
    shop.publish("command", command)
    shop.reply(jti, "secured")
    for client, name in ((shop, "acme"), (home, "alice")):
        topic = f"to/{name}/obligation/front"
        until(lambda: client.last(topic) is None and any(heard == topic for heard, _, _ in client.heard), 5, "the notice's clearing")
        notices = [(body, message) for heard, body, message in client.heard if heard == topic and body is not None]
        assert notices and set(notices[0][0]) == {"relockBy", "since"} and notices[0][1].retain
    order = [heard for heard, body, _ in shop.heard if body is not None]
    unlocked = next(i for i, (heard, body, _) in enumerate(shop.heard) if "reply" in heard and body["status"] == "unlocked")
    notice = next(i for i, (heard, body, _) in enumerate(shop.heard) if "obligation" in heard and body)
    assert notice < unlocked, order


def test_the_same_message_again_gets_its_stored_answer_and_no_second_move(site):
    shop = site.client("acme")
    grant = installed_grant(site)
    command = tokens.command(site.acme, site.gateway, "front", grant)
    jti = tokens.token_id(command)
    shop.publish("command", command, correlation=b"first")
    first = shop.wait(lambda topic, body: "reply" in topic and body.get("status") == "secured", what="secured")[2]
    shop.forget()
    shop.publish("command", command, correlation=b"second")
    again = shop.wait(lambda topic, body: "reply" in topic and body.get("id") == jti, what="stored answer")[2]
    assert again.payload == first.payload
    assert first.properties.CorrelationData == b"first" and again.properties.CorrelationData == b"second"
    assert site.moves("front", "unlock") == 1


def test_replies_go_to_the_response_topic_only_below_the_senders_own_reply_topic(site):
    shop = site.client("acme")
    grant = installed_grant(site)
    good = tokens.command(site.acme, site.gateway, "front", grant, action="check")
    shop.publish("command", good, response=f"{site.root}/to/acme/reply/desk-1")
    assert shop.wait(lambda topic, body: "reply" in topic and body.get("id") == tokens.token_id(good))[0] == "to/acme/reply/desk-1"
    other = tokens.command(site.acme, site.gateway, "front", grant, action="check")
    shop.publish("command", other, response=f"{site.root}/to/alice/reply/x")
    assert shop.wait(lambda topic, body: "reply" in topic and body.get("id") == tokens.token_id(other))[0] == "to/acme/reply"


def test_a_check_says_ready_and_moves_nothing(site):
    shop = site.client("acme")
    grant = installed_grant(site)
    command = tokens.command(site.acme, site.gateway, "front", grant, action="check")
    shop.publish("command", command)
    reply = shop.any_reply(tokens.token_id(command))
    assert reply["status"] == "accepted" and reply["final"] and reply["ready"] is True and reply["blockers"] == []
    site.ask({"do": "set", "lock": "front", "door": "open"})
    until(lambda: site.lock("front")["door"] == "open", 5, "the door's report")
    command = tokens.command(site.acme, site.gateway, "front", grant, action="check")
    shop.publish("command", command)
    reply = shop.any_reply(tokens.token_id(command))
    assert reply["ready"] is False and reply["blockers"] == ["doorOpen"]
    assert site.moves("front", "unlock") == 0


def test_an_es256_key_opens_a_lock_too(site):
    bravo = Signer("bravo", "ES256")
    file = site.folder / "bravo.pub.pem"
    file.write_bytes(bravo.public_pem)
    site.run("principal", "add", "bravo", "--key", str(file))
    shop = site.client("bravo")
    grant = tokens.grant(site.alice, "bravo", site.gateway, "back")
    site.run("grant", "add", "-", stdin=grant)
    command = tokens.command(bravo, site.gateway, "back", grant)
    shop.publish("command", command)
    shop.reply(tokens.token_id(command), "secured")
    assert site.moves("back", "unlock") == 1


def test_a_grant_may_come_by_the_bus_and_its_status_is_retained(site):
    shop, home = site.client("acme"), site.client("alice")
    grant = tokens.grant(site.alice, "acme", site.gateway, "front", maxUses=1)
    home.publish("grant", grant)
    assert home.any_reply(tokens.token_id(grant))["status"] == "accepted"
    topic = f"to/acme/grant/{tokens.token_id(grant)}"
    status = shop.wait(lambda heard, _: heard == topic)[1]
    assert status["hash"] == tokens.token_hash(grant) and status["grant"] == grant and status["usesLeft"] == 1
    command = tokens.command(site.acme, site.gateway, "front", grant)
    shop.publish("command", command)
    shop.reply(tokens.token_id(command), "secured")
    until(lambda: shop.last(topic)["status"] == "usedUp", 5, "usedUp")
    again = tokens.command(site.acme, site.gateway, "front", grant)
    shop.publish("command", again)
    assert shop.any_reply(tokens.token_id(again))["reason"] == "grantUsedUp"
    assert site.moves("front", "unlock") == 1


def test_state_and_availability_are_retained_and_the_snapshot_shows_the_lock(site):
    grant = installed_grant(site)
    shop = site.client("acme")
    assert shop.wait(lambda topic, _: topic == "gateway/availability")[1] == "online"
    state = shop.wait(lambda topic, _: topic == "gateway/state")[1]
    assert state["frozen"] is False and state["timeTrust"] == "trusted" and state["exceptions"]
    snapshot = shop.wait(lambda topic, body: topic == "to/acme/lock/front" and body)[1]
    assert snapshot["bolt"] == "locked" and snapshot["online"] is True and snapshot["operationSeconds"] >= 2
    site.run("handover", "--yes")
    until(lambda: shop.last("gateway/state")["exceptions"] == [], 5, "the exception's end")
    assert site.run("lock", "unlock", "front", check=False).returncode == 2
    assert grant


FORGED = {
    "another key": lambda site, grant: (tokens.command(Signer("acme"), site.gateway, "front", grant), "badSignature"),
    "expired": lambda site, grant: (
        tokens.command(site.acme, site.gateway, "front", grant, iat=int(time.time()) - 300, exp=int(time.time()) - 240), "expired"),
    "from the future": lambda site, grant: (
        tokens.command(site.acme, site.gateway, "front", grant, iat=int(time.time()) + 300, exp=int(time.time()) + 360), "notYetValid"),
    "another gateway": lambda site, grant: (tokens.command(site.acme, "gw-aaaaaaaaaaaaaaaa", "front", grant), "wrongGateway"),
    "no grant": lambda site, grant: (tokens.command(site.acme, site.gateway, "front", None), "noGrant"),
    "another lock": lambda site, grant: (tokens.command(site.acme, site.gateway, "back", grant), "grantMismatch"),
    "an unknown lock": lambda site, grant: (tokens.command(site.acme, site.gateway, "cellar", grant), "unknownLock"),
    "another grant's hash": lambda site, grant: (
        tokens.command(site.acme, site.gateway, "front", grant, grantHash=tokens.base64url(bytes(32))), "grantMismatch"),
    "too long open": lambda site, grant: (tokens.command(site.acme, site.gateway, "front", grant, openSeconds=61), "openSecondsTooLong"),
    "an action the grant lacks": lambda site, grant: (
        tokens.command(site.acme, site.gateway, "front", grant, action="unlatch", openSeconds=2), "actionNotAllowed"),
    "an unknown member": lambda site, grant: (tokens.command(site.acme, site.gateway, "front", grant, door="wide"), "malformed"),
}


def test_wrong_commands_are_refused_with_their_reason_and_no_motor_moves(site):
    shop = site.client("acme")
    grant = installed_grant(site)
    for name, make in FORGED.items():
        command, reason = make(site, grant)
        shop.publish("command", command)
        reply = shop.any_reply(tokens.token_id(command))
        assert (reply["status"], reply["reason"], reply["final"]) == ("refused", reason, True), name
        assert reply["class"] and reply["retry"] and reply["detail"] and reply["help"], name
    assert site.moves("front", "unlock") == site.moves("back", "unlock") == 0


def test_a_retained_command_is_refused_and_cleared(site):
    shop = site.client("acme")
    grant = installed_grant(site)
    command = tokens.command(site.acme, site.gateway, "front", grant)
    shop.publish("command", command, retain=True)
    assert shop.any_reply(tokens.token_id(command))["reason"] == "retained"
    late = site.client("alice")
    late.subscribed.clear()
    late.client.subscribe(f"{site.root}/from/#", qos=1)
    assert late.subscribed.wait(10)
    shop.publish("command", "x")
    late.wait(lambda topic, body: topic == "from/acme/command" and body == "x")
    assert not any(topic.startswith("from/") and message.retain and body for topic, body, message in late.heard)
    assert site.moves("front", "unlock") == 0


def test_the_issuer_must_be_the_topics_principal(site):
    shop = site.client("acme")
    grant = installed_grant(site)
    command = tokens.command(site.acme, site.gateway, "front", grant)
    home = site.client("alice")
    shop.publish("command", command, principal="alice")
    assert home.any_reply(tokens.token_id(command))["reason"] == "wrongPrincipal"
    assert site.moves("front", "unlock") == 0


def test_a_lock_command_ends_the_open_time_early(site):
    shop = site.client("acme")
    grant = installed_grant(site)
    command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=60)
    shop.publish("command", command)
    shop.reply(tokens.token_id(command), "unlocked")
    lock = tokens.command(site.acme, site.gateway, "front", None, action="lock")
    shop.publish("command", lock)
    shop.reply(tokens.token_id(lock), "accepted")
    shop.reply(tokens.token_id(lock), "secured")
    shop.reply(tokens.token_id(command), "secured")
    assert site.moves("front", "unlock") == site.moves("front", "lock") == 1


def test_an_open_door_is_not_locked_against_the_air_and_alarms_until_it_closes(site):
    shop, home = site.client("acme"), site.client("alice")
    grant = installed_grant(site)
    command = tokens.command(site.acme, site.gateway, "front", grant)
    jti = tokens.token_id(command)
    shop.publish("command", command)
    shop.reply(jti, "unlocked")
    site.ask({"do": "set", "lock": "front", "door": "open"})
    home.event("door.opened")
    assert home.event("lock.alarmRaised")["data"]["reason"] == "doorOpen"
    assert site.moves("front", "lock") == 0
    site.ask({"do": "set", "lock": "front", "door": "closed"})
    shop.reply(jti, "secured")
    home.event("lock.alarmCleared")
    assert site.moves("front", "lock") == 1


def test_the_locks_own_relock_ends_the_obligation_after_a_reading(site):
    shop = site.client("acme")
    grant = tokens.grant(site.alice, "acme", site.gateway, "back")
    site.run("grant", "add", "-", stdin=grant)
    command = tokens.command(site.acme, site.gateway, "back", grant, openSeconds=3)
    shop.publish("command", command)
    shop.reply(tokens.token_id(command), "secured")
    assert site.moves("back", "unlock") == 1


def test_the_journal_verifies_and_shows_what_happened(site):
    shop = site.client("acme")
    grant = installed_grant(site)
    command = tokens.command(site.acme, site.gateway, "front", grant)
    shop.publish("command", command)
    shop.reply(tokens.token_id(command), "secured")
    audit = json.loads(site.run("audit", "verify", "--json").stdout)
    assert audit["records"] >= 8 and audit["erased"] == 0 and len(audit["head"]) == 64
    listed = [json.loads(line)["type"] for line in site.run("events", "list", "--limit", "50", "--json").stdout.splitlines()]
    assert "lockbridge.lock.unlockAccepted.v1" in listed and listed[-1] == "lockbridge.lock.relocked.v1"
    for secret in (grant, command):
        assert secret.split(".")[2] not in site.log("core")


def test_a_jammed_bolt_is_tried_again_and_alarms(site):
    shop, home = site.client("acme"), site.client("alice")
    grant = installed_grant(site)
    command = tokens.command(site.acme, site.gateway, "front", grant)
    jti = tokens.token_id(command)
    shop.publish("command", command)
    shop.reply(jti, "unlocked")
    site.ask({"do": "set", "lock": "front", "jam": True})
    assert home.event("lock.alarmRaised")["data"]["reason"] in ("lockJammed", "relockOverdue")
    site.ask({"do": "set", "lock": "front", "jam": False})
    shop.reply(jti, "secured", 40)
    assert site.moves("front", "unlock") == 1 and site.moves("front", "lock") >= 2
