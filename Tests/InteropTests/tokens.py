"""Signs tokens with PyJWT and cryptography, never with the gateway's own code."""

import base64
import hashlib
import json
import os
import time

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_id() -> str:
    return base64url(os.urandom(16))


class Signer:
    """A principal's key: Ed25519, or P-256 for ES256."""

    def __init__(self, name: str, algorithm: str = "EdDSA"):
        self.name = name
        self.algorithm = algorithm
        if algorithm == "EdDSA":
            self.key = ed25519.Ed25519PrivateKey.generate()
        else:
            self.key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public_pem(self) -> bytes:
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def jwk(self) -> dict:
        if self.algorithm == "EdDSA":
            raw = self.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            return {"crv": "Ed25519", "kty": "OKP", "x": base64url(raw)}
        numbers = self.key.public_key().public_numbers()
        return {
            "crv": "P-256",
            "kty": "EC",
            "x": base64url(numbers.x.to_bytes(32, "big")),
            "y": base64url(numbers.y.to_bytes(32, "big")),
        }

    @property
    def kid(self) -> str:
        """RFC 7638."""
        canonical = json.dumps(self.jwk, sort_keys=True, separators=(",", ":"))
        return base64url(hashlib.sha256(canonical.encode()).digest())

    def sign(self, kind: str, claims: dict, **header) -> str:
        """One compact JWS. PyJWT puts `typ` and `alg` in; the header holds exactly alg, typ and kid."""
        headers = {"typ": kind, "kid": self.kid, **header}
        return jwt.encode(claims, self.key, algorithm=self.algorithm, headers=headers)


def token_hash(token: str) -> str:
    """SHA-256 over the signing input, in base64url."""
    return base64url(hashlib.sha256(token.rsplit(".", 1)[0].encode()).digest())


def token_id(token: str) -> str:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["jti"]


def grant(resident: Signer, retailer: str, gateway: str, lock: str, **changes) -> str:
    now = int(time.time())
    claims = {
        "iss": resident.name,
        "aud": retailer,
        "gateway": gateway,
        "lock": lock,
        "jti": new_id(),
        "iat": now,
        "nbf": now - 60,
        "exp": now + 86_400,
        "actions": ["unlock"],
        "maxUses": 50,
        "openSeconds": 60,
        "rseq": time.time_ns() // 1_000_000,
        "ver": 1,
    }
    claims.update(changes)
    return resident.sign("lb-grant+jwt", {key: value for key, value in claims.items() if value is not None})


def command(retailer: Signer, gateway: str, lock: str, grant_token: str | None, action: str = "unlock", **changes) -> str:
    now = int(time.time())
    claims = {
        "iss": retailer.name,
        "aud": gateway,
        "lock": lock,
        "jti": new_id(),
        "iat": now,
        "exp": now + 60,
        "action": action,
        "ver": 1,
    }
    if grant_token is not None:
        claims["grant"] = token_id(grant_token)
        claims["grantHash"] = token_hash(grant_token)
    if action in ("unlock", "unlatch"):
        claims["openSeconds"] = 2
    claims.update(changes)
    return retailer.sign("lb-cmd+jwt", {key: value for key, value in claims.items() if value is not None})


def revocation(resident: Signer, gateway: str, **changes) -> str:
    now = int(time.time())
    claims = {
        "iss": resident.name,
        "aud": gateway,
        "jti": new_id(),
        "iat": now,
        "rseq": time.time_ns() // 1_000_000,
        "ver": 1,
    }
    claims.update(changes)
    return resident.sign("lb-revoke+jwt", claims)
