"""Security 0 as a node speaks it, from SDS10865: keys, the frame, nonces. Only AES itself is a library's."""

import os
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ZERO_KEY = bytes(16)
NONCE_GET, NONCE_REPORT, ENCAPSULATED, ENCAPSULATED_NONCE_GET = 0x40, 0x80, 0x81, 0xC1


def aes(key, block):
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(block) + encryptor.finalize()


def xor(left, right):
    return bytes(a ^ b for a, b in zip(left, right))


def ofb(key, start, data):
    out, block = b"", start
    while len(out) < len(data):
        block = aes(key, block)
        out += block
    return xor(data, out)


def cbc_mac(key, data):
    """Zero vector, zero padding."""
    block = bytes(16)
    for start in range(0, len(data), 16):
        block = aes(key, xor(block, data[start : start + 16].ljust(16, b"\0")))
    return block


class Keys:
    """What is made of a network key."""

    def __init__(self, network):
        self.authentication = aes(network, b"\x55" * 16)
        self.encryption = aes(network, b"\xaa" * 16)

    def mac(self, vector, command, source, destination, cipher):
        return cbc_mac(self.authentication, vector + bytes([command, source, destination, len(cipher)]) + cipher)[:8]


class Refused(Exception):
    """A frame that is not obeyed; the text says why."""


class Nonces:
    """Those a node gave out: each for one frame, told apart by its first byte, and not for long."""

    def __init__(self, seconds=10.0):
        self.seconds = seconds
        self.given = {}

    def make(self, now=None):
        while True:
            nonce = os.urandom(8)
            if nonce[0] and nonce[0] not in self.given:
                break
        self.given[nonce[0]] = (nonce, (now or time.monotonic()) + self.seconds)
        return nonce

    def take(self, identifier, now=None):
        """All of them are void once a frame has come."""
        nonce, end = self.given.get(identifier, (None, 0))
        self.given.clear()
        if nonce is None:
            raise Refused("no such nonce")
        if (now or time.monotonic()) > end:
            raise Refused("the nonce is too old")
        return nonce


def seal(keys, command, source, destination, sender_nonce, receiver_nonce, plain, sequence=0):
    vector = sender_nonce + receiver_nonce
    cipher = ofb(keys.encryption, vector, bytes([sequence]) + plain)
    mac = keys.mac(vector, command, source, destination, cipher)
    return bytes([0x98, command]) + sender_nonce + cipher + receiver_nonce[:1] + mac


def unseal(keys, frame, source, destination, nonces):
    """The sequence byte and the command inside."""
    if len(frame) < 2 + 8 + 1 + 1 + 8:
        raise Refused("too short")
    command, sender_nonce, cipher, identifier, mac = frame[1], frame[2:10], frame[10:-9], frame[-9], frame[-8:]
    vector = sender_nonce + nonces.take(identifier)
    if keys.mac(vector, command, source, destination, cipher) != mac:
        raise Refused("the authentication code is wrong")
    plain = ofb(keys.encryption, vector, cipher)
    return plain[0], plain[1:]
