"""Wrong commands on a real site, made by PyJWT, by joserfc and by hand: each gets the reason the contract gives it, and no motor moves by the locks' own log."""

import base64
import hashlib
import json
import time

import pytest
import tokens
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from house_site import Site, until
from joserfc import jws
from joserfc.jwk import OKPKey
from tokens import Signer, base64url, new_id

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
TABLE: list[tuple[str, str, str]] = []


class House:
    """A site with everything a wrong command can be wrong about."""

    def __init__(self):
        self.site = Site().start()
        self.bravo = Signer("bravo", "ES256")
        self.site.enrol(self.bravo, "principal")
        self.shop, self.other, self.home = (self.site.client(name) for name in ("acme", "bravo", "alice"))
        self.grant = self.install(tokens.grant(self.site.alice, "acme", self.gateway, "front"))
        self.back = self.install(tokens.grant(self.site.alice, "acme", self.gateway, "back"))
        self.bravos = self.install(tokens.grant(self.site.alice, "bravo", self.gateway, "front"))

    @property
    def gateway(self) -> str:
        return self.site.gateway

    @property
    def acme(self) -> Signer:
        return self.site.acme

    def install(self, grant: str) -> str:
        self.site.run("grant", "add", "-", stdin=grant)
        return grant

    def claims(self, **changes) -> dict:
        now = int(time.time())
        claims = {"iss": "acme", "aud": self.gateway, "lock": "front", "jti": new_id(), "iat": now, "exp": now + 60, "action": "unlock",
                  "grant": tokens.token_id(self.grant), "grantHash": tokens.token_hash(self.grant), "openSeconds": 1, "ver": 1}
        claims.update(changes)
        return {name: value for name, value in claims.items() if value is not ...}

    def pyjwt(self, **changes) -> str:
        return self.acme.sign("lb-cmd+jwt", self.claims(**changes))

    def hand(self, payload: bytes | dict, header: bytes | dict | None = None, signer: Signer | None = None) -> str:
        """Signs exactly these bytes."""
        signer = signer or self.acme
        header = {"alg": "EdDSA", "typ": "lb-cmd+jwt", "kid": signer.kid} if header is None else header
        parts = [part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode() for part in (header, payload)]
        signing_input = ".".join(base64url(part) for part in parts)
        return signing_input + "." + base64url(signer.key.sign(signing_input.encode()))

    def text(self, find: str, put: str, **changes) -> bytes:
        """A payload's JSON text with something in it replaced."""
        text = json.dumps(self.claims(**changes), separators=(",", ":"))
        assert find in text
        return text.replace(find, put, 1).encode()


@pytest.fixture(scope="module")
def house():
    house = House()
    yield house
    print(house.site.log("core"))
    house.site.stop()
    print("\n" + "\n".join(f"{name:<52}{maker:<10}{reason}" for name, maker, reason in TABLE))


def joserfc_token(house: House, **header) -> str:
    raw = house.acme.key.private_bytes_raw()
    key = OKPKey.import_key({**house.acme.jwk, "d": base64url(raw)})
    protected = {"alg": "EdDSA", "typ": "lb-cmd+jwt", "kid": house.acme.kid, **header}
    registry = jws.JWSRegistry(algorithms=["EdDSA"], strict_check_header=False)
    return jws.serialize_compact(protected, json.dumps(house.claims()).encode(), key, registry=registry)


def hs256(house: House) -> str:
    """The classic: the public key as an HMAC secret."""
    import hmac
    header = base64url(json.dumps({"alg": "HS256", "typ": "lb-cmd+jwt", "kid": house.acme.kid}).encode())
    signing_input = header + "." + base64url(json.dumps(house.claims()).encode())
    return signing_input + "." + base64url(hmac.new(house.acme.public_pem, signing_input.encode(), hashlib.sha256).digest())


def later(seconds: int) -> int:
    return int(time.time()) + seconds


def deep(levels: int) -> bytes:
    return b'{"iss":"acme","courier":' + b"[" * levels + b"]" * levels + b"}"


def respell_last_character(token: str) -> str:
    """Another spelling of the same 64 bytes: the last character's four unused bits."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) | 1]


# name, made by, the command, the reason; a reply carries the id unless `no id`
WRONG = [
    ("signed with another key of the same kid", "PyJWT", lambda h: Signer("acme").sign("lb-cmd+jwt", h.claims(), kid=h.acme.kid), "badSignature"),
    ("a kid nobody enrolled", "PyJWT", lambda h: Signer("acme").sign("lb-cmd+jwt", h.claims()), "badSignature"),
    ("the kid of another principal's key", "PyJWT", lambda h: h.acme.sign("lb-cmd+jwt", h.claims(), kid=h.bravo.kid), "badSignature"),
    ("alg none", "hand", lambda h: base64url(json.dumps({"alg": "none", "typ": "lb-cmd+jwt", "kid": h.acme.kid}).encode()) + "." + base64url(
        json.dumps(h.claims()).encode()) + ".", "unsigned"),
    ("an empty signature", "hand", lambda h: h.pyjwt().rsplit(".", 1)[0] + ".", "unsigned"),
    ("bare JSON without a signature", "hand", lambda h: json.dumps(h.claims()), "unsigned"),
    ("RS256 in the header", "hand", lambda h: h.hand(h.claims(), {"alg": "RS256", "typ": "lb-cmd+jwt", "kid": h.acme.kid}), "malformed"),
    ("HS256 with the public key as secret", "hand", hs256, "malformed"),
    ("ES256 in the header of an Ed25519 key", "hand", lambda h: h.hand(h.claims(), {"alg": "ES256", "typ": "lb-cmd+jwt", "kid": h.acme.kid}), "malformed"),
    ("a grant sent as a command", "PyJWT", lambda h: tokens.grant(h.site.alice, "acme", h.gateway, "front"), "malformed"),
    ("a command typed JWT", "PyJWT", lambda h: h.acme.sign("JWT", h.claims()), "malformed"),
    ("crit in the header", "joserfc", lambda h: joserfc_token(h, crit=["b64"], b64=True), "malformed"),
    ("its own key in the header (jwk)", "joserfc", lambda h: joserfc_token(h, jwk=h.acme.jwk), "malformed"),
    ("a key's address in the header (jku)", "joserfc", lambda h: joserfc_token(h, jku="https://example.com/keys"), "malformed"),
    ("a b64 member in the header", "joserfc", lambda h: joserfc_token(h, b64=True), "malformed"),
    ("no kid", "hand", lambda h: h.hand(h.claims(), {"alg": "EdDSA", "typ": "lb-cmd+jwt"}), "malformed"),
    ("expired", "PyJWT", lambda h: h.pyjwt(iat=later(-120), exp=later(-60)), "expired"),
    ("not yet valid", "PyJWT", lambda h: h.pyjwt(iat=later(60), exp=later(120)), "notYetValid"),
    ("good for 121 s", "PyJWT", lambda h: h.pyjwt(exp=later(121)), "malformed"),
    ("good for no time", "PyJWT", lambda h: h.pyjwt(iat=later(0), exp=later(0)), "malformed"),
    ("with nbf", "PyJWT", lambda h: h.pyjwt(nbf=later(0)), "malformed"),
    ("for another gateway", "PyJWT", lambda h: h.pyjwt(aud="gw-aaaaaaaaaaaaaaaa"), "wrongGateway"),
    ("for a lock that is not there", "PyJWT", lambda h: h.pyjwt(lock="cellar"), "unknownLock"),
    ("for another lock than the grant's", "PyJWT", lambda h: h.pyjwt(lock="back"), "grantMismatch"),
    ("with another grant's hash", "PyJWT", lambda h: h.pyjwt(grantHash=tokens.token_hash(h.back)), "grantMismatch"),
    ("without a grant", "PyJWT", lambda h: h.pyjwt(grant=..., grantHash=...), "noGrant"),
    ("by another retailer's grant", "PyJWT", lambda h: h.pyjwt(grant=tokens.token_id(h.bravos), grantHash=tokens.token_hash(h.bravos)), "noGrant"),
    ("by a grant nobody gave", "PyJWT", lambda h: h.pyjwt(grant=new_id()), "noGrant"),
    ("without the grant's hash", "PyJWT", lambda h: h.pyjwt(grantHash=...), "malformed"),
    ("an action the grant has not", "PyJWT", lambda h: h.pyjwt(action="unlatch"), "actionNotAllowed"),
    ("an unknown action", "PyJWT", lambda h: h.pyjwt(action="open"), "malformed"),
    ("open for longer than the grant allows", "PyJWT", lambda h: h.pyjwt(openSeconds=61), "openSecondsTooLong"),
    ("open for 0 s", "PyJWT", lambda h: h.pyjwt(openSeconds=0), "malformed"),
    ("without openSeconds", "PyJWT", lambda h: h.pyjwt(openSeconds=...), "malformed"),
    ("an unknown member", "PyJWT", lambda h: h.pyjwt(door="wide"), "malformed"),
    ("a null member", "PyJWT", lambda h: h.pyjwt(delivery=None), "malformed"),
    ("ver 2", "PyJWT", lambda h: h.pyjwt(ver=2), "malformed"),
    ("a jti of 21 characters", "PyJWT", lambda h: h.pyjwt(jti="A" * 21), "malformed no id"),
    ("a jti with bits past its end", "PyJWT", lambda h: h.pyjwt(jti="A" * 21 + "B"), "malformed no id"),
    ("5 KiB", "PyJWT", lambda h: h.pyjwt(delivery="x" * 5000), "tooLarge no id"),
    ("a member twice", "hand", lambda h: h.hand(h.text('"ver":1', '"ver":1,"ver":1')), "malformed no id"),
    ("a member twice, spelled apart", "hand", lambda h: h.hand(h.text('"ver":1', '"ver":1,"v\\u0065r":1')), "malformed no id"),
    ("nested deeper than four", "hand", lambda h: h.hand(deep(5)), "malformed no id"),
    ("a float", "hand", lambda h: h.hand(h.text('"openSeconds":1', '"openSeconds":1.0')), "malformed no id"),
    ("an exponent", "hand", lambda h: h.hand(h.text('"openSeconds":1', '"openSeconds":1e0')), "malformed no id"),
    ("a leading zero", "hand", lambda h: h.hand(h.text('"openSeconds":1', '"openSeconds":01')), "malformed no id"),
    ("a number past 2^53", "hand", lambda h: h.hand(h.text('"openSeconds":1', '"openSeconds":9007199254740993')), "malformed no id"),
    ("bytes behind the payload's JSON", "hand", lambda h: h.hand(json.dumps(h.claims()).encode() + b"{}"), "malformed no id"),
    ("a fourth part", "hand", lambda h: h.pyjwt() + ".AAAA", "malformed"),
    ("padded base64url", "hand", lambda h: h.pyjwt() + "=", "malformed"),
    ("base64url spelled another way", "hand", lambda h: respell_last_character(h.pyjwt()), "malformed"),
    ("plain base64 in the header", "hand", lambda h: base64.b64encode(b'{"alg":"EdDSA","typ":"lb-cmd+jwt","kid":"??>"}').decode() + h.pyjwt()[10:], "malformed"),
    ("a blank at the end", "hand", lambda h: h.pyjwt() + "\n", "malformed"),
    ("letters beyond ASCII", "hand", lambda h: "ü" + h.pyjwt(), "malformed"),
    ("not UTF-8 inside", "hand", lambda h: h.hand(json.dumps(h.claims()).encode().replace(b'"front"', b'"fr\xffnt"')), "malformed no id"),
    ("nothing like a token", "hand", lambda h: "open sesame", "malformed no id"),
]


@pytest.mark.parametrize("name, maker, make, outcome", WRONG, ids=[row[0] for row in WRONG])
def test_a_wrong_command_is_refused_with_its_reason_and_no_motor_moves(house, name, maker, make, outcome):
    payload = make(house)
    reason, has_id = outcome.removesuffix(" no id"), not outcome.endswith(" no id")
    digest = hashlib.sha256(payload.encode()).hexdigest()
    before = house.site.moves("front", "unlock") + house.site.moves("back", "unlock")
    house.shop.forget()
    house.shop.publish("command", payload)
    reply = house.shop.wait(lambda topic, body: topic == "to/acme/reply" and isinstance(body, dict), what=f"reply to {name}")[1]
    assert (reply["status"], reply["reason"], reply["final"], reply["kind"]) == ("refused", reason, True, "command"), reply
    if has_id:
        assert "digest" not in reply and len(reply["id"]) == 22
    else:
        assert "id" not in reply and reply["digest"] == digest
    assert reply["class"] in ("request", "policy", "door", "gateway") and reply["retry"] in ("never", "sameToken", "newToken", "afterFix")
    assert reply["help"] and reply["detail"] and reply["at"] and reply["timeTrust"] == "trusted"
    assert house.site.moves("front", "unlock") + house.site.moves("back", "unlock") == before
    TABLE.append((name, maker, reason))


def refused(house, client, payload: str, reason: str, name: str, **how):
    before = house.site.moves("front", "unlock")
    client.forget()
    client.publish("command", payload, **how)
    listener = house.home if how.get("principal") == "alice" else client
    reply = listener.wait(lambda topic, body: "/reply" in topic and isinstance(body, dict) and body.get("reason") == reason, what=f"{reason} for {name}")[1]
    assert reply["status"] == "refused" and reply["final"]
    assert house.site.moves("front", "unlock") == before
    TABLE.append((name, "PyJWT", reason))


def test_another_principals_topic(house):
    house.home.forget()
    refused(house, house.shop, house.pyjwt(), "wrongPrincipal", "on another principal's topic", principal="alice")


def test_a_retained_command(house):
    refused(house, house.shop, house.pyjwt(), "retained", "retained", retain=True)


def test_more_than_16_kib_is_counted_by_the_bus_and_never_reaches_the_core(house):
    house.shop.forget()
    house.shop.publish("command", "x" * 17 * 1024 + "x" * 1024)
    good = house.pyjwt(action="check")
    house.shop.publish("command", good)
    house.shop.any_reply(tokens.token_id(good))
    assert len([1 for topic, _, _ in house.shop.heard if topic == "to/acme/reply"]) == 1
    TABLE.append(("18 KiB", "hand", "(no reply: past the packet limit)"))


def opened(house, client, signer, grant) -> str:
    command = tokens.command(signer, house.gateway, "front", grant, openSeconds=1)
    client.publish("command", command)
    client.reply(tokens.token_id(command), "secured")
    return command


def test_the_same_id_with_other_bytes(house):
    first = opened(house, house.shop, house.acme, house.grant)
    refused(house, house.shop, house.pyjwt(jti=tokens.token_id(first)), "idReused", "the same id with other bytes")


def test_the_same_bytes_twice_get_the_stored_answer(house):
    command = opened(house, house.shop, house.acme, house.grant)
    stored = house.shop.wait(lambda topic, body: "/reply" in topic and body.get("id") == tokens.token_id(command) and body["status"] == "secured")[2].payload
    before = house.site.moves("front", "unlock")
    house.shop.forget()
    house.shop.publish("command", command)
    again = house.shop.wait(lambda topic, body: "/reply" in topic and body.get("id") == tokens.token_id(command))[2].payload
    assert again == stored and house.site.moves("front", "unlock") == before
    TABLE.append(("the same bytes twice", "PyJWT", "(stored answer, byte for byte)"))


def test_the_es256_twin_of_a_command_gets_the_stored_answer(house):
    command = opened(house, house.other, house.bravo, house.bravos)
    head, payload, signature = command.split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    assert decode_dss_signature(encode_dss_signature(r, s)) == (r, s)
    twin = f"{head}.{payload}.{base64url(r.to_bytes(32, 'big') + (P256_ORDER - s).to_bytes(32, 'big'))}"
    before = house.site.moves("front", "unlock")
    house.other.forget()
    house.other.publish("command", twin)
    reply = house.other.any_reply(tokens.token_id(command))
    assert reply["status"] == "secured" and house.site.moves("front", "unlock") == before
    TABLE.append(("the ES256 twin (s replaced by n - s)", "hand", "(stored answer)"))


def test_a_grant_used_up(house):
    grant = house.install(tokens.grant(house.site.alice, "acme", house.gateway, "front", maxUses=1))
    opened(house, house.shop, house.acme, grant)
    refused(house, house.shop, tokens.command(house.acme, house.gateway, "front", grant), "grantUsedUp", "by a grant used up")


def test_a_revoked_grant(house):
    grant = house.install(tokens.grant(house.site.alice, "acme", house.gateway, "front"))
    house.home.publish("grant", tokens.revocation(house.site.alice, house.gateway, grants=[tokens.token_id(grant)]))
    until(lambda: (house.shop.last(f"to/acme/grant/{tokens.token_id(grant)}") or {}).get("status") == "revoked", 10, "the revocation")
    refused(house, house.shop, tokens.command(house.acme, house.gateway, "front", grant), "grantRevoked", "by a revoked grant")


def test_a_courier_who_is_not_named(house):
    grant = house.install(tokens.grant(house.site.alice, "acme", house.gateway, "front", couriers=[Signer("c").kid]))
    refused(house, house.shop, tokens.command(house.acme, house.gateway, "front", grant), "courierNotAllowed", "by a courier who is not named")


def test_outside_the_window(house):
    grant = house.install(tokens.grant(house.site.alice, "acme", house.gateway, "front", windows=[{"from": later(3600), "to": later(7200)}]))
    refused(house, house.shop, tokens.command(house.acme, house.gateway, "front", grant), "outsideWindow", "outside the window")


def test_a_suspended_retailer(house):
    house.site.run("principal", "suspend", "acme")
    refused(house, house.shop, house.pyjwt(), "suspended", "by a suspended retailer")
    house.site.run("principal", "resume", "acme")


def test_a_door_that_stands_open(house):
    house.site.ask({"do": "set", "lock": "front", "door": "open"})
    until(lambda: house.site.lock("front")["door"] == "open", 5, "the door's report")
    refused(house, house.shop, house.pyjwt(), "doorOpen", "while the door stands open")
    house.site.ask({"do": "set", "lock": "front", "door": "closed"})
    until(lambda: house.site.lock("front")["door"] == "closed", 5, "the door's report")


def test_no_truncation_of_a_good_command_is_taken(house):
    command = house.pyjwt()
    lengths = range(1, len(command), 5)
    house.shop.forget()
    for length in lengths:
        house.shop.publish("command", command[:length])
    until(lambda: len([1 for topic, _, _ in house.shop.heard if topic == "to/acme/reply"]) == len(lengths), 20, "a reply to each")
    reasons = {body["reason"] for topic, body, _ in house.shop.heard if topic == "to/acme/reply"}
    assert reasons <= {"malformed", "unsigned", "badSignature", "rateLimited"}, reasons
    good = house.pyjwt(action="check")
    house.shop.publish("command", good)
    assert house.shop.any_reply(tokens.token_id(good))["status"] == "accepted"
