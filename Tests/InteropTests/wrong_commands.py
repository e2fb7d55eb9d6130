"""The stage for wrong commands, and their three makers: PyJWT, joserfc, and the hand for what no library would make."""

import base64
import hmac
import json
import re
import time
from collections.abc import Callable

import jwt
import tokens
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jws
from joserfc.jwk import OKPKey
from tokens import Signer, base64url, new_id

ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


class Stage:
    """One site for the whole table: retailers acme (Ed25519), bravo (ES256) and dora (suspended), and carol whom nobody enrolled."""

    def __init__(self, site):
        self.site = site
        self.alice, self.acme = site.alice, site.acme
        self.bravo, self.carol, self.dora, self.stranger = (
            Signer("bravo", "ES256"), Signer("carol"), Signer("dora"), Signer("acme"))
        self.other_curve = Signer("acme", "ES256")
        for signer in (self.bravo, self.dora):
            site.enrol(signer, "principal")
        site.run("principal", "suspend", "dora")
        self.retired, self.suspended = Signer("acme"), Signer("acme")
        self.rotate(self.retired, "retire-key")
        self.rotate(self.suspended, "suspend")
        self.clients = {name: site.client(name) for name in ("acme", "alice", "bravo", "carol", "dora")}
        now = int(time.time())
        self.grant = self.granted()
        self.back = self.granted("bravo", "back")
        self.once, self.single_entry = self.granted(lock="back", maxUses=1), self.granted(maxEntries=0)
        self.couriers, self.nobody = self.granted(couriers=[self.bravo.kid]), self.granted(couriers=[])
        self.tomorrow = self.granted(nbf=now + 3_600)
        self.past = self.granted(windows=[{"from": now - 50, "to": now - 20}])
        self.latch = self.granted(actions=["unlock", "unlatch"])
        self.long = self.granted(openSeconds=400)
        self.timed = self.granted(minRelock="lockTimed")
        self.revoked = self.granted()
        self.clients["alice"].publish("grant", revocation := tokens.revocation(
            self.alice, site.gateway, grants=[tokens.token_id(self.revoked)]))
        assert self.clients["alice"].any_reply(tokens.token_id(revocation))["status"] == "accepted"
        spend = [by_pyjwt(self, grant=self.once, lock="back"), by_pyjwt(self, grant=self.single_entry, delivery="d-1")]
        for command in spend:
            self.clients["acme"].publish("command", command)
        for command in spend:
            self.clients["acme"].reply(tokens.token_id(command), "secured")
        self.opened = 2
        self.ran: list = []

    def rotate(self, key: Signer, end: str):
        """Gives acme a second key and takes it away again."""
        file = self.site.folder / "second.pem"
        file.write_bytes(key.public_pem)
        self.site.run("principal", "add-key", "acme", "--key", str(file))
        self.site.run("principal", end, "acme", "--key", key.kid)

    def granted(self, retailer: str = "acme", lock: str = "front", **changes) -> str:
        token = tokens.grant(self.alice, retailer, self.site.gateway, lock, **changes)
        self.site.run("grant", "add", "-", stdin=token)
        return token

    def unlocks(self) -> int:
        return self.site.moves("front", "unlock") + self.site.moves("back", "unlock")

    def claims(self, grant: str | None = "", signer: Signer | None = None, drop: tuple = (), **changes) -> dict:
        """A good unlock of the front door by acme, changed."""
        grant = self.grant if grant == "" else grant
        now = int(time.time())
        claims = {"iss": (signer or self.acme).name, "aud": self.site.gateway, "lock": "front", "jti": new_id(), "iat": now,
                  "exp": now + 60, "action": "unlock", "openSeconds": 1, "ver": 1}
        if grant is not None:
            claims |= {"grant": tokens.token_id(grant), "grantHash": tokens.token_hash(grant)}
        return {key: value for key, value in (claims | changes).items() if key not in drop}


# Three makers


def by_pyjwt(stage: Stage, signer: Signer | None = None, key: Signer | None = None, header: dict | None = None, **claims) -> str:
    signer = signer or stage.acme
    header = {"typ": "lb-cmd+jwt", "kid": signer.kid} | (header or {})
    made = stage.claims(signer=signer, **claims)
    return jwt.encode(made, (key or signer).key, (key or signer).algorithm, {k: v for k, v in header.items() if v is not False})


def pem(signer: Signer) -> bytes:
    return signer.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def by_joserfc(stage: Stage, header: dict | None = None, key=None, alg: str = "EdDSA", **claims) -> str:
    header = {"alg": alg, "typ": "lb-cmd+jwt", "kid": stage.acme.kid} | (header or {})
    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    payload = json.dumps(stage.claims(**claims)).encode()
    return jws.serialize_compact(header, payload, key or OKPKey.import_key(pem(stage.acme)), registry=registry)


def signature(signer: Signer, data: bytes) -> bytes:
    if signer.algorithm == "EdDSA":
        return signer.key.sign(data)
    r, s = decode_dss_signature(signer.key.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def by_hand(stage: Stage, payload: bytes | dict | None = None, header: bytes | dict | None = None, signed: bytes | None = None,
            signer: Signer | None = None) -> str:
    """Signed for what it is, unless another signature is given."""
    signer = signer or stage.acme
    header = header if header is not None else {"alg": signer.algorithm, "typ": "lb-cmd+jwt", "kid": signer.kid}
    payload = payload if payload is not None else stage.claims(signer=signer)
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)]
    signing = ".".join(map(base64url, parts))
    return f"{signing}.{base64url(signature(signer, signing.encode()) if signed is None else signed)}"


def rewritten(stage: Stage, old: str, new: str, **claims) -> str:
    """The claims as text with one piece of it exchanged, signed as it then is."""
    text = json.dumps(stage.claims(**claims))
    assert len(re.findall(old, text)) == 1
    return by_hand(stage, re.sub(old, new.replace("\\", "\\\\"), text).encode())


def spoilt(stage: Stage, change: Callable[[list[str]], object]) -> str:
    """A good token with something done to its three parts afterwards."""
    parts = by_pyjwt(stage).split(".")
    change(parts)
    return ".".join(parts)


def not_canonical(part: str) -> str:
    """The same bytes in another spelling: a bit set that decoders drop."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(part) % 4 in (2, 3)
    return part[:-1] + alphabet[alphabet.index(part[-1]) + 1]


def with_public_key_as_secret(stage: Stage) -> str:
    header = {"alg": "HS256", "typ": "lb-cmd+jwt", "kid": stage.acme.kid}
    unsigned = by_hand(stage, header=header, signed=b"x").rsplit(".", 1)[0]
    return f"{unsigned}.{base64url(hmac.digest(stage.acme.public_pem, unsigned.encode(), 'sha256'))}"


def with_s_above_the_order(stage: Stage) -> str:
    """The Ed25519 signature's other spelling, which lax verifiers take (RFC 8032, 8.4)."""
    head, made = by_hand(stage).rsplit(".", 1)
    raw = base64.urlsafe_b64decode(made + "==")
    s = int.from_bytes(raw[32:], "little") + ED25519_ORDER
    return f"{head}.{base64url(raw[:32] + s.to_bytes(32, 'little'))}"


def with_der_signature(stage: Stage) -> str:
    head = by_hand(stage, signer=stage.bravo).rsplit(".", 1)[0]
    return f"{head}.{base64url(stage.bravo.key.sign(head.encode(), ec.ECDSA(hashes.SHA256())))}"


def with_a_used_id(stage: Stage) -> str:
    first = by_pyjwt(stage, action="check")
    stage.clients["acme"].publish("command", first)
    assert stage.clients["acme"].any_reply(tokens.token_id(first))["status"] == "accepted"
    return by_pyjwt(stage, jti=tokens.token_id(first), openSeconds=2)


def flattened(stage: Stage) -> str:
    """RFC 7515, 7.2.2."""
    protected, payload, made = by_pyjwt(stage).split(".")
    return json.dumps({"payload": payload, "protected": protected, "signature": made})


def ago(seconds: int, life: int = 60) -> dict:
    return {"iat": int(time.time()) - seconds, "exp": int(time.time()) - seconds + life}
