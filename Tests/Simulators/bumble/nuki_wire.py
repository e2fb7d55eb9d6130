"""Nuki's frames, plain and sealed, and the key a client and the lock share."""

import binascii
import hashlib
import hmac

import nacl.exceptions
from nacl.bindings import crypto_box_beforenm, crypto_scalarmult_base
from nacl.secret import SecretBox
from nacl.utils import random

from nuki_words import Error, Refusal

NONCE, HEAD = 24, 30


def crc(data):
    """CRC-16/CCITT from 0xFFFF, little-endian as it is sent."""
    return binascii.crc_hqx(data, 0xFFFF).to_bytes(2, "little")


def frame(command, payload=b""):
    """A plain message."""
    body = command.to_bytes(2, "little") + payload
    return body + crc(body)


def unframe(data):
    """Command and payload of a plain message."""
    if len(data) < 4:
        raise Refusal(Error.BAD_LENGTH)
    if crc(data[:-2]) != data[-2:]:
        raise Refusal(Error.BAD_CRC)
    return int.from_bytes(data[:2], "little"), data[2:-2]


def seal(key, identifier, command, payload=b"", nonce=None, outer=None):
    """A sealed message; `outer` is who it says it is for, where that is another one."""
    nonce = nonce or random(NONCE)
    body = identifier + command.to_bytes(2, "little") + payload
    box = SecretBox(key).encrypt(body + crc(body), nonce).ciphertext
    return nonce + (outer or identifier) + len(box).to_bytes(2, "little") + box


def addressee(data):
    """The authorisation a sealed message names outside; refuses one whose length is not as it says."""
    if len(data) < HEAD or len(data) != HEAD + int.from_bytes(data[28:30], "little"):
        raise Refusal(Error.BAD_LENGTH)
    return data[24:28]


def unseal(key, data):
    """Authorisation, command and payload from inside a sealed message; refuses what this key does not open."""
    addressee(data)
    try:
        body = SecretBox(key).decrypt(data[HEAD:], data[:NONCE])
    except (nacl.exceptions.CryptoError, ValueError):
        raise Refusal(Error.NOT_AUTHORIZED) from None
    if len(body) < 8:
        raise Refusal(Error.BAD_LENGTH)
    if crc(body[:-2]) != body[-2:]:
        raise Refusal(Error.BAD_CRC)
    return body[:4], int.from_bytes(body[4:6], "little"), body[6:-2]


def key_pair():
    """A secret key and its public one."""
    secret = random(32)
    return secret, crypto_scalarmult_base(secret)


def shared_key(secret, public):
    """The long-term key of an authorisation."""
    return crypto_box_beforenm(public, secret)


def authenticator(key, *parts):
    """What proves in pairing that somebody has the key."""
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()
