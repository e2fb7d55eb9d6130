"""The operator's signed trust lists, and events asked for again; on a real site."""

import json
import re
import time

import pytest
import tokens
from broker import Bus
from conftest import standing
from cryptography.hazmat.primitives import serialization
from tokens import Signer


@pytest.fixture(scope="module")
def site():
    with standing(buses=[Bus(principals=("acme", "alice", "bravo", "olga"))]) as site:
        site.olga = Signer("olga")
        file = site.folder / "olga.pub.pem"
        file.write_bytes(site.olga.public_pem)
        site.run("principal", "add", "olga", "--role", "operator", "--key", str(file))
        yield site


def trust(site, sequence: int, principals: list[Signer], suspensions=(), signer=None) -> dict:
    signer = signer or site.olga
    client = site.client("olga")
    token = signer.sign("lb-trust+jwt", {
        "iss": "olga", "aud": site.gateway, "jti": tokens.new_id(), "iat": int(time.time()), "tseq": sequence, "ver": 1,
        "principals": [listed(one) for one in principals],
        "suspensions": list(suspensions)})
    client.publish("trust", token)
    return client.any_reply(tokens.token_id(token))


def listed(signer: Signer) -> dict:
    """An entry of the list: keys as text, algorithm and raw public key."""
    public = signer.key.public_key()
    if signer.algorithm == "EdDSA":
        raw, name = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw), "Ed25519"
    else:
        raw, name = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint), "ES256"
    return {"id": signer.name, "role": "retailer", "keys": [f"{name}.{tokens.base64url(raw)}"]}


def ask(site, signer: Signer, grant: str) -> dict:
    client = site.client(signer.name)
    command = tokens.command(signer, site.gateway, "front", grant, openSeconds=1)
    client.publish("command", command)
    return client.any_reply(tokens.token_id(command))


def test_a_list_enrols_rotates_suspends_and_ends_trust_over_the_bus(site):
    bravo, renewed = Signer("bravo", "ES256"), Signer("acme")
    mine = tokens.grant(site.alice, "acme", site.gateway, "front")
    site.run("grant", "add", "-", stdin=mine)
    assert trust(site, 1, [site.acme, bravo])["status"] == "accepted"
    theirs = tokens.grant(site.alice, "bravo", site.gateway, "front")
    site.run("grant", "add", "-", stdin=theirs)
    assert ask(site, bravo, theirs)["status"] == "accepted"
    assert trust(site, 2, [renewed])["kind"] == "trust"
    assert ask(site, bravo, theirs)["reason"] == "suspended", "not on the list"
    assert ask(site, site.acme, mine)["reason"] == "badSignature", "its old key is gone"
    site.until_locked("front")
    assert ask(site, renewed, mine)["status"] == "accepted"
    assert trust(site, 3, [renewed], ["acme"])["status"] == "accepted"
    assert ask(site, renewed, mine)["reason"] == "suspended"
    assert trust(site, 3, [renewed])["reason"] == "staleSequence"
    assert trust(site, 4, [renewed])["status"] == "accepted"
    site.until_locked("front")
    assert ask(site, renewed, mine)["status"] == "accepted"
    assert trust(site, 9, [renewed], signer=Signer("olga"))["reason"] == "badSignature"
    site.until_locked("front")


def test_the_command_line_signs_a_list_that_the_gateway_takes(site):
    key, retailer = site.folder / "olga2", site.folder / "retailer.pub.pem"
    public = re.search(r"Public key: +(\S+)", site.run("key", "new", str(key)).stdout).group(1)
    site.run("principal", "add-key", "olga", "--key", public)
    retailer.write_bytes(site.acme.public_pem)
    token = site.run(
        "token", "trust", "--issuer", "olga", "--key", str(key), "--retailer", f"acme={retailer}", "--suspend", "bravo").stdout.strip()
    assert "olga" in site.run("token", "explain", "-", stdin=token).stdout
    client = site.client("olga")
    client.publish("trust", token)
    assert client.any_reply(tokens.token_id(token))["status"] == "accepted"
    assert site.run("token", "trust", "--issuer", "olga", "--key", str(key), "--retailer", "acme", check=False).returncode == 64


def replay(client, request) -> dict:
    client.publish("replay", request if isinstance(request, str) else json.dumps(request))
    return client.wait(
        lambda topic, body: topic == f"to/{client.name}/reply" and isinstance(body, dict) and body["kind"] == "replay", 10, "reply")[1]


def sequences(client) -> list[int]:
    return [int(event["sequence"]) for event in client.events()]


def test_missed_events_are_sent_again_in_order_and_answered_once_at_the_end(site):
    alice = site.client("alice")
    time.sleep(1.1)
    reply = replay(alice, {"after": 0, "limit": 500})
    assert (reply["status"], reply["final"]) == ("accepted", True) and "digest" in reply
    assert sequences(alice) == list(range(1, len(alice.events()) + 1)) and len(alice.events()) > 20
    topics = [topic for topic, _, _ in alice.heard if topic in ("to/alice/event", "to/alice/reply")]
    assert topics[-1] == "to/alice/reply", "the answer comes after the last event"
    alice.forget()
    time.sleep(1.1)
    assert replay(alice, {"after": 3, "limit": 4})["status"] == "accepted"
    assert sequences(alice) == [4, 5, 6, 7]


def test_each_sees_its_own_events_alone(site):
    acme = site.client("acme")
    time.sleep(1.1)
    replay(acme, {"after": 0, "limit": 500})
    seen = sequences(acme)
    assert seen == list(range(1, len(seen) + 1))
    assert not [event for event in acme.events() if event["type"] in ("lockbridge.device.online.v1", "lockbridge.lock.added.v1")]


def test_a_replay_is_refused_when_it_is_malformed_or_too_soon(site):
    client = site.client("alice")
    time.sleep(1.1)
    assert replay(client, {"after": 0, "limit": 501})["reason"] == "malformed"
    client.forget()
    assert replay(client, "after=0")["reason"] == "malformed"
    client.forget()
    assert replay(client, {"after": 0, "limit": 1})["status"] == "accepted"
    client.forget()
    refused = replay(client, {"after": 0, "limit": 1})
    assert (refused["reason"], refused["retryAfterSeconds"]) == ("rateLimited", 1)
