"""Wrong commands: one table of what is wrong, who made it and the reason it has to give; none of them moves a motor.

Each is made by PyJWT, by joserfc, or by hand where no library would make it, and differs from a good command in what its name says.
"""

import base64
import dataclasses
import hashlib
import json
import pathlib
import time
from collections.abc import Callable

import jwt
import pytest
import tokens
from broker import Bus
from conftest import standing
from cryptography.hazmat.primitives.asymmetric import rsa
from house_site import until
from joserfc.jwk import ECKey, OctKey, OKPKey
from tokens import Signer, base64url, new_id
from wrong_commands import (
    Stage, ago, by_hand, by_joserfc, by_pyjwt, flattened, not_canonical, pem, rewritten, spoilt, with_a_used_id, with_der_signature,
    with_public_key_as_secret, with_s_above_the_order)

REASONS = {row["reason"]: row for row in json.loads(
    (pathlib.Path(__file__).parent.parent.parent / "deploy" / "clients" / "reasons.json").read_text())}
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclasses.dataclass
class Wrong:
    name: str
    by: str
    reason: str
    make: Callable[[Stage], str | bytes]
    # What the reply names it by: the jti wherever one can be read, else the payload's digest.
    named: str = "id"
    principal: str = "acme"
    level: str = "command"
    retain: bool = False


PYJWT, JOSERFC, HAND = "PyJWT", "joserfc", "hand"
TABLE = [
    # Not a token
    Wrong("5 KiB", HAND, "tooLarge", lambda s: b"x" * 5_120, "digest"),
    Wrong("5 KiB of token", PYJWT, "tooLarge", lambda s: by_pyjwt(s, nonce="n" * 5_000), "digest"),
    Wrong("retained", PYJWT, "retained", by_pyjwt, retain=True),
    Wrong("bare claims without a signature", HAND, "unsigned", lambda s: json.dumps(s.claims())),
    Wrong("the JSON form of a JWS", PYJWT, "unsigned", flattened, "digest"),
    Wrong("alg none, no signature", PYJWT, "unsigned", lambda s: jwt.encode(s.claims(), None, "none", {"typ": "lb-cmd+jwt"})),
    Wrong("alg none, with a signature", HAND, "unsigned", lambda s: by_hand(s, header={"alg": "none", "typ": "lb-cmd+jwt"})),
    Wrong("alg nOnE", HAND, "malformed", lambda s: by_hand(s, header={"alg": "nOnE", "typ": "lb-cmd+jwt", "kid": s.acme.kid})),
    Wrong("an empty signature", HAND, "unsigned", lambda s: by_hand(s, signed=b"")),
    Wrong("two parts", HAND, "malformed", lambda s: by_pyjwt(s).rsplit(".", 1)[0]),
    Wrong("four parts", HAND, "malformed", lambda s: by_pyjwt(s) + ".AAAA"),
    Wrong("noise", HAND, "malformed", lambda s: new_id(), "digest"),
    Wrong("bytes that are no text", HAND, "malformed", lambda s: b"\xff\xfe\x00" + new_id().encode(), "digest"),
    # Header
    Wrong("RS256", PYJWT, "malformed", lambda s: jwt.encode(
        s.claims(), rsa.generate_private_key(65_537, 2_048), "RS256", {"typ": "lb-cmd+jwt", "kid": s.acme.kid})),
    Wrong("HS256 with the public key as the secret", HAND, "malformed", with_public_key_as_secret),
    Wrong("HS256", JOSERFC, "malformed", lambda s: by_joserfc(s, key=OctKey.generate_key(256), alg="HS256")),
    Wrong("ES256 under an Ed25519 key's kid", JOSERFC, "malformed", lambda s: by_joserfc(
        s, key=ECKey.import_key(pem(s.other_curve)), alg="ES256")),
    Wrong("EdDSA under an ES256 key's kid", PYJWT, "malformed", lambda s: by_pyjwt(s, s.bravo, key=s.acme), principal="bravo"),
    Wrong("crit", JOSERFC, "malformed", lambda s: by_joserfc(s, {"crit": ["b64"], "b64": True})),
    Wrong("b64 in the header", JOSERFC, "malformed", lambda s: by_joserfc(s, {"b64": True})),
    Wrong("a key in the header", JOSERFC, "malformed", lambda s: by_joserfc(s, {"jwk": s.acme.jwk})),
    Wrong("a stranger's key in the header, and its signature", JOSERFC, "malformed", lambda s: by_joserfc(
        s, {"jwk": s.stranger.jwk, "kid": s.stranger.kid}, OKPKey.import_key(pem(s.stranger)))),
    Wrong("a key to be fetched", PYJWT, "malformed", lambda s: by_pyjwt(s, header={"jku": "https://keys.example/"})),
    Wrong("an extra header member", PYJWT, "malformed", lambda s: by_pyjwt(s, header={"cty": "x"})),
    Wrong("no kid", PYJWT, "malformed", lambda s: by_pyjwt(s, header={"kid": False})),
    Wrong("a kid that is no thumbprint", PYJWT, "malformed", lambda s: by_pyjwt(s, header={"kid": "key-1"})),
    Wrong("no typ", HAND, "malformed", lambda s: by_hand(s, header={"alg": "EdDSA", "kid": s.acme.kid})),
    Wrong("typ JWT", PYJWT, "malformed", lambda s: by_pyjwt(s, header={"typ": "JWT"})),
    Wrong("a command that says it is a grant", PYJWT, "malformed", lambda s: by_pyjwt(s, header={"typ": "lb-grant+jwt"})),
    Wrong("a grant sent as a command", PYJWT, "malformed", lambda s: s.grant),
    Wrong("a command sent as a grant", PYJWT, "malformed", by_pyjwt, level="grant"),
    Wrong("a header with a member twice", HAND, "malformed", lambda s: by_hand(
        s, header=f'{{"alg":"EdDSA","alg":"none","typ":"lb-cmd+jwt","kid":"{s.acme.kid}"}}'.encode())),
    # Encoding
    Wrong("padded base64url, in the claims", HAND, "malformed", lambda s: spoilt(
        s, lambda p: p.__setitem__(1, p[1] + "=")), "digest"),
    Wrong("padded base64url, in the signature", HAND, "malformed", lambda s: spoilt(s, lambda p: p.__setitem__(2, p[2] + "=="))),
    Wrong("base64url in another spelling, in the signature", HAND, "malformed", lambda s: spoilt(
        s, lambda p: p.__setitem__(2, not_canonical(p[2])))),
    Wrong("base64url in another spelling, in the claims", HAND, "malformed", lambda s: spoilt(s, lambda p: p.__setitem__(
        1, not_canonical(base64url(json.dumps(s.claims()).encode().ljust(400))))), "digest"),
    Wrong("base64 of the other alphabet, in the header", HAND, "malformed", lambda s: spoilt(
        s, lambda p: p.__setitem__(0, "+/" + p[0][2:]))),
    Wrong("base64 of the other alphabet, in the signature", HAND, "malformed", lambda s: spoilt(
        s, lambda p: p.__setitem__(2, "+/" + p[2][2:]))),
    Wrong("a line feed after it", HAND, "malformed", lambda s: by_pyjwt(s) + "\n"),
    Wrong("a blank before it", HAND, "malformed", lambda s: " " + by_pyjwt(s)),
    Wrong("a letter outside ASCII", HAND, "malformed", lambda s: spoilt(s, lambda p: p.__setitem__(2, "é" + p[2][1:]))),
    Wrong("a lock's name outside ASCII", PYJWT, "malformed", lambda s: by_pyjwt(s, lock="haustür")),
    # JSON
    Wrong("a member twice", HAND, "malformed", lambda s: rewritten(s, "}$", ', "lock": "back"}'), "digest"),
    Wrong("a member twice, once in escapes", HAND, "malformed", lambda s: rewritten(s, "}$", ', "\\u006cock": "back"}'), "digest"),
    Wrong("nested five deep", HAND, "malformed", lambda s: by_hand(s, s.claims() | {"x": [[[[1]]]]}), "digest"),
    Wrong("a member that is not listed", PYJWT, "malformed", lambda s: by_pyjwt(s, door="wide")),
    Wrong("a time with a fraction", PYJWT, "malformed", lambda s: by_pyjwt(s, exp=time.time() + 60.5), "digest"),
    Wrong("a whole number with a point", HAND, "malformed", lambda s: rewritten(s, '"openSeconds": 1', '"openSeconds": 1.0'), "digest"),
    Wrong("an exponent", HAND, "malformed", lambda s: rewritten(s, '"openSeconds": 1', '"openSeconds": 1e0'), "digest"),
    Wrong("a leading zero", HAND, "malformed", lambda s: rewritten(s, '"openSeconds": 1', '"openSeconds": 01'), "digest"),
    Wrong("a number beyond 2^53", PYJWT, "malformed", lambda s: by_pyjwt(s, openSeconds=2**53), "digest"),
    Wrong("a number as text", PYJWT, "malformed", lambda s: by_pyjwt(s, openSeconds="1")),
    Wrong("bytes after the claims", HAND, "malformed", lambda s: by_hand(s, json.dumps(s.claims()).encode() + b"{}"), "digest"),
    Wrong("a byte order mark", HAND, "malformed", lambda s: by_hand(s, b"\xef\xbb\xbf" + json.dumps(s.claims()).encode()), "digest"),
    Wrong("broken UTF-8", HAND, "malformed", lambda s: by_hand(
        s, json.dumps(s.claims(nonce="@")).encode().replace(b"@", b"\xc3")), "digest"),
    Wrong("half a surrogate pair", PYJWT, "malformed", lambda s: by_pyjwt(s, nonce="\ud800"), "digest"),
    Wrong("claims in an array", HAND, "malformed", lambda s: by_hand(s, json.dumps([s.claims()]).encode()), "digest"),
    # Claims
    Wrong("a null member", PYJWT, "malformed", lambda s: by_pyjwt(s, courier=None)),
    Wrong("an unknown action", PYJWT, "malformed", lambda s: by_pyjwt(s, action="open")),
    Wrong("no grantHash", JOSERFC, "malformed", lambda s: by_joserfc(s, drop=("grantHash",))),
    Wrong("no openSeconds", JOSERFC, "malformed", lambda s: by_joserfc(s, drop=("openSeconds",))),
    Wrong("openSeconds 0", PYJWT, "malformed", lambda s: by_pyjwt(s, openSeconds=0)),
    Wrong("openSeconds below 0", PYJWT, "malformed", lambda s: by_pyjwt(s, openSeconds=-1)),
    Wrong("a jti of 21 characters", PYJWT, "malformed", lambda s: by_pyjwt(s, jti=new_id()[:21]), "digest"),
    Wrong("a jti in another spelling", PYJWT, "malformed", lambda s: by_pyjwt(s, jti=not_canonical(new_id())), "digest"),
    Wrong("no jti", JOSERFC, "malformed", lambda s: by_joserfc(s, drop=("jti",)), "digest"),
    Wrong("version 2", PYJWT, "malformed", lambda s: by_pyjwt(s, ver=2)),
    Wrong("no version", JOSERFC, "malformed", lambda s: by_joserfc(s, drop=("ver",))),
    Wrong("good for 121 s", PYJWT, "malformed", lambda s: by_pyjwt(s, **ago(0, 121))),
    Wrong("good for 0 s", PYJWT, "malformed", lambda s: by_pyjwt(s, **ago(0, 0))),
    Wrong("nbf in a command", JOSERFC, "malformed", lambda s: by_joserfc(s, nbf=int(time.time()))),
    # Who, where, when
    Wrong("a principal nobody enrolled", PYJWT, "unknownPrincipal", lambda s: by_pyjwt(s, s.carol), principal="carol"),
    Wrong("by another principal's topic", PYJWT, "wrongPrincipal", by_pyjwt, principal="bravo"),
    Wrong("an issuer nobody knows", JOSERFC, "wrongPrincipal", lambda s: by_joserfc(s, iss="nobody")),
    Wrong("a resident's own command", PYJWT, "wrongPrincipal", lambda s: by_pyjwt(s, s.alice), principal="alice"),
    Wrong("another gateway", PYJWT, "wrongGateway", lambda s: by_pyjwt(s, aud="gw-aaaaaaaaaaaaaaaa")),
    Wrong("an unknown lock", PYJWT, "unknownLock", lambda s: by_pyjwt(s, lock="cellar")),
    Wrong("expired", PYJWT, "expired", lambda s: by_pyjwt(s, **ago(70))),
    Wrong("not yet valid", PYJWT, "notYetValid", lambda s: by_pyjwt(s, **ago(-30))),
    # The first thing wrong is the one that is said: cheap ones come first
    Wrong("another gateway, and a key nobody knows", PYJWT, "wrongGateway", lambda s: by_pyjwt(s, s.stranger, aud="gw-aaaaaaaaaaaaaaaa")),
    Wrong("expired, and signed by another key", PYJWT, "expired", lambda s: by_pyjwt(s, s.acme, key=s.stranger, **ago(70))),
    Wrong("an unknown lock, and expired", PYJWT, "unknownLock", lambda s: by_pyjwt(s, lock="cellar", **ago(70))),
    Wrong("signed by another key, and no grant", PYJWT, "badSignature", lambda s: by_pyjwt(s, key=s.stranger, grant=None)),
    # Signature
    Wrong("another key under the kid", PYJWT, "badSignature", lambda s: by_pyjwt(s, key=s.stranger)),
    Wrong("a kid nobody enrolled", PYJWT, "badSignature", lambda s: by_pyjwt(s, s.stranger)),
    Wrong("another principal's key", PYJWT, "badSignature", lambda s: by_pyjwt(s, s.bravo, iss="acme")),
    Wrong("another principal's kid over a good signature", PYJWT, "badSignature", lambda s: by_pyjwt(s, header={"kid": s.bravo.kid})),
    Wrong("a good signature over other claims", HAND, "badSignature", lambda s: spoilt(
        s, lambda p: p.__setitem__(1, base64url(json.dumps(s.claims(openSeconds=60)).encode())))),
    Wrong("63 bytes of signature", HAND, "badSignature", lambda s: by_hand(s, signed=bytes(63))),
    Wrong("a signature of zeros, ES256", HAND, "badSignature", lambda s: by_hand(s, signed=bytes(64), signer=s.bravo), principal="bravo"),
    Wrong("a signature in DER, ES256", HAND, "badSignature", with_der_signature, principal="bravo"),
    Wrong("an Ed25519 signature with S above the order", HAND, "badSignature", with_s_above_the_order),
    Wrong("a suspended principal", PYJWT, "suspended", lambda s: by_pyjwt(s, s.dora), principal="dora"),
    Wrong("a suspended key", PYJWT, "suspended", lambda s: by_pyjwt(s, s.suspended)),
    Wrong("a key that was retired", PYJWT, "badSignature", lambda s: by_pyjwt(s, s.retired)),
    Wrong("an id that was used, with other bytes", PYJWT, "idReused", with_a_used_id),
    # Grant
    Wrong("no grant", JOSERFC, "noGrant", lambda s: by_joserfc(s, grant=None)),
    Wrong("a grant nobody gave", PYJWT, "noGrant", lambda s: by_pyjwt(s, grant=tokens.grant(s.alice, "acme", s.site.gateway, "front"))),
    Wrong("another retailer's grant", PYJWT, "noGrant", lambda s: by_pyjwt(s, s.bravo), principal="bravo"),
    Wrong("another lock than the grant's", PYJWT, "grantMismatch", lambda s: by_pyjwt(s, lock="back")),
    Wrong("another hash than the grant's", PYJWT, "grantMismatch", lambda s: by_pyjwt(s, grantHash=base64url(bytes(32)))),
    Wrong("an action the grant lacks", PYJWT, "actionNotAllowed", lambda s: by_pyjwt(s, action="unlatch")),
    Wrong("before the grant begins", PYJWT, "outsideWindow", lambda s: by_pyjwt(s, grant=s.tomorrow)),
    Wrong("after the grant's window", PYJWT, "outsideWindow", lambda s: by_pyjwt(s, grant=s.past)),
    Wrong("a revoked grant", PYJWT, "grantRevoked", lambda s: by_pyjwt(s, grant=s.revoked)),
    Wrong("a grant used up", PYJWT, "grantUsedUp", lambda s: by_pyjwt(s, grant=s.once, lock="back")),
    Wrong("one entry more than the delivery has", PYJWT, "grantUsedUp", lambda s: by_pyjwt(s, grant=s.single_entry, delivery="d-1")),
    Wrong("another courier", PYJWT, "courierNotAllowed", lambda s: by_pyjwt(s, grant=s.couriers, courier=s.acme.kid)),
    Wrong("no courier where the grant names some", PYJWT, "courierNotAllowed", lambda s: by_pyjwt(s, grant=s.couriers)),
    Wrong("a courier where the grant allows none", PYJWT, "courierNotAllowed", lambda s: by_pyjwt(s, grant=s.nobody, courier=s.bravo.kid)),
    Wrong("open longer than the grant allows", PYJWT, "openSecondsTooLong", lambda s: by_pyjwt(s, openSeconds=61)),
    Wrong("open longer than the lock allows", PYJWT, "openSecondsTooLong", lambda s: by_pyjwt(s, grant=s.long, openSeconds=301)),
    Wrong("a latch the lock does not have", PYJWT, "unsupported", lambda s: by_pyjwt(s, grant=s.latch, action="unlatch")),
    Wrong("a weaker relock than the grant asks for", PYJWT, "relockDoubtful", lambda s: by_pyjwt(s, grant=s.timed)),
]


@pytest.fixture(scope="module")
def stage():
    with standing(buses=[Bus(principals=("acme", "alice", "bravo", "carol", "dora"))]) as site:
        yield Stage(site)


def readable_id(payload: bytes) -> str:
    return json.loads(payload)["jti"] if payload.startswith(b"{") else tokens.token_id(payload.decode())


@pytest.mark.parametrize("wrong", TABLE, ids=lambda wrong: wrong.name)
def test_a_wrong_command_is_refused_with_its_reason_and_no_motor_moves(stage, wrong):
    client = stage.clients[wrong.principal]
    payload = wrong.make(stage)
    payload = payload if isinstance(payload, bytes) else payload.encode()
    named = {"id": readable_id(payload)} if wrong.named == "id" else {"digest": hashlib.sha256(payload).hexdigest()}
    client.forget()
    client.publish(wrong.level, payload, retain=wrong.retain)
    reply = client.wait(lambda topic, body: topic == f"to/{client.name}/reply", what=f"reply to {wrong.name}")[1]
    row = REASONS[wrong.reason]
    expected = {"kind": wrong.level, "status": "refused", "reason": wrong.reason, "final": True, "timeTrust": "trusted",
                "class": row["class"], "retry": row["retry"], "help": row["help"], **named}
    assert {key: value for key, value in reply.items() if key not in ("at", "detail")} == expected
    assert reply["detail"] and [topic for topic, _, _ in client.heard].count(f"to/{client.name}/reply") == 1
    assert stage.unlocks() == stage.opened
    stage.ran.append(wrong)


@pytest.mark.parametrize("make", [
    lambda s: by_pyjwt(s, action="check"), lambda s: by_joserfc(s, action="check"),
    lambda s: by_hand(s, s.claims(action="check"), {"alg": "Ed25519", "typ": "lb-cmd+jwt", "kid": s.acme.kid}),
    lambda s: by_hand(s, b" \n" + json.dumps(s.claims(action="check")).encode() + b"\t "),
], ids=["PyJWT", "joserfc", "hand, alg Ed25519", "hand, blanks around the claims"])
def test_what_each_maker_makes_is_taken_when_nothing_is_wrong_with_it(stage, make):
    client = stage.clients["acme"]
    command = make(stage)
    client.publish("command", command)
    reply = client.any_reply(tokens.token_id(command))
    assert (reply["status"], reply["ready"], reply["final"]) == ("accepted", True, True)
    assert stage.unlocks() == stage.opened


@pytest.mark.parametrize("level, payload, principal", [
    ("command", b"x" * 17 * 1_024, "acme"), ("command", b"", "acme"), ("commands", b"x", "acme"), ("command/x", b"x", "acme"),
    ("command", b"x", "nobody"),
], ids=["17 KiB", "nothing", "an unknown level", "a deeper level", "a principal the bus does not serve"])
def test_what_is_not_for_the_gateway_gets_no_answer(stage, level, payload, principal):
    client = stage.clients["acme"]
    client.forget()
    client.publish(level, payload, principal=principal)
    barrier = by_pyjwt(stage, action="check")
    client.publish("command", barrier)
    client.any_reply(tokens.token_id(barrier))
    assert [body["id"] for topic, body, _ in client.heard if topic == "to/acme/reply"] == [tokens.token_id(barrier)]
    assert stage.unlocks() == stage.opened


def test_an_open_door_is_not_unlocked(stage):
    client = stage.clients["acme"]
    for door, outcome in (("open", ("refused", "doorOpen")), ("closed", ("accepted", None))):
        stage.site.ask({"do": "set", "lock": "front", "door": door})
        until(lambda: stage.site.lock("front")["door"] == door, 5, "the door's report")
        command = by_pyjwt(stage, **({} if door == "open" else {"action": "check"}))
        client.publish("command", command)
        reply = client.any_reply(tokens.token_id(command))
        assert (reply["status"], reply.get("reason")) == outcome
    assert stage.unlocks() == stage.opened


def test_no_truncation_of_a_good_command_is_taken(stage):
    client = stage.clients["acme"]
    command = by_pyjwt(stage)
    lengths = range(1, len(command), 5)
    client.forget()
    for length in lengths:
        client.publish("command", command[:length])
    replies = lambda: [body for topic, body, _ in client.heard if topic == "to/acme/reply"]
    until(lambda: len(replies()) == len(lengths), 20, "a reply to each")
    assert {reply["reason"] for reply in replies()} <= {"malformed", "unsigned", "badSignature"}
    assert stage.unlocks() == stage.opened


def opens_once(stage: Stage, signer: Signer, command: str, again: str):
    """A door opens by a command, and a second message gets the stored answer at each step and opens nothing."""
    client, jti = stage.clients[signer.name], tokens.token_id(command)
    client.publish("command", command)
    client.reply(jti, "unlocked")
    stage.opened += 1
    client.publish("command", again)
    client.reply(jti, "secured")
    # First answers first: after a check of its own the second message's answer has come too.
    assert [reply["status"] for reply in client.replies(jti)] == ["accepted", "unlocked", "unlocked", "secured"]
    client.forget()
    for payload in (command, again):
        client.publish("command", payload)
    barrier = by_pyjwt(stage, signer, action="check", grant=stage.back, lock="back")
    client.publish("command", barrier)
    client.any_reply(tokens.token_id(barrier))
    stored = [message.payload for topic, body, message in client.heard if topic == f"to/{client.name}/reply" and body["id"] == jti]
    assert len(stored) == 2 and stored[0] == stored[1] and json.loads(stored[0])["status"] == "secured"
    assert stage.unlocks() == stage.opened
    return stored[0]


def test_the_same_bytes_twice_get_the_stored_answer_byte_for_byte(stage):
    command = by_pyjwt(stage, stage.bravo, grant=stage.back, lock="back", openSeconds=3)
    opens_once(stage, stage.bravo, command, command)


def test_the_twin_of_an_es256_signature_is_the_same_command_and_opens_nothing_again(stage):
    command = by_pyjwt(stage, stage.bravo, grant=stage.back, lock="back", openSeconds=3)
    head, made = command.rsplit(".", 1)
    raw = base64.urlsafe_b64decode(made + "==")
    twin = f"{head}.{base64url(raw[:32] + (P256_ORDER - int.from_bytes(raw[32:], 'big')).to_bytes(32, 'big'))}"
    assert jwt.decode(twin, stage.bravo.key.public_key(), ["ES256"], audience=stage.site.gateway), "the twin is a good signature"
    assert twin != command
    opens_once(stage, stage.bravo, command, twin)


def test_after_all_of_them_the_gateway_still_opens_and_the_table_is_complete(stage, capsys):
    client = stage.clients["acme"]
    command = by_pyjwt(stage)
    client.publish("command", command)
    client.reply(tokens.token_id(command), "secured")
    assert stage.unlocks() == stage.opened + 1, "every motor run was asked for by a good command"
    stage.site.run("audit", "verify")
    assert len({wrong.name for wrong in TABLE}) == len(TABLE) >= 30
    with capsys.disabled():
        print()
        for wrong in stage.ran:
            print(f"  {wrong.name:50} {wrong.by:8} {wrong.reason}")
        print(f"  {len(stage.ran)} wrong commands, no motor moved")
