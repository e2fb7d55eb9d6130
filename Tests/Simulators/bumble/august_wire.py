"""August's frames: 16 ciphered bytes and two in clear, always 18, and the two checksums."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

LENGTH, BLOCK = 18, 16


class Damaged(Exception):
    """The frame is none, or its checksum is of other bytes."""


def plain_sum(frame):
    """What has to be added so that all 18 bytes come to 0."""
    return -sum(frame) & 0xFF


def secure_sum(frame):
    """The checksum of a handshake's frame, over its first twelve bytes."""
    words = (int.from_bytes(frame[place : place + 4], "little") for place in (0, 4, 8))
    return (-sum(words) & 0xFFFFFFFF).to_bytes(4, "little")


def message(kind, opcode, fields=None, trailer=0):
    """A frame of the session in clear: bytes at their places, and the checksum at 3."""
    frame = bytearray(LENGTH)
    frame[0], frame[1], frame[16] = kind, opcode, trailer
    for place, value in (fields or {}).items():
        value = bytes([value]) if isinstance(value, int) else value
        frame[place : place + len(value)] = value
    frame[3] = plain_sum(frame)
    return bytes(frame)


def check(frame):
    """Refuses what is no frame of the session."""
    if len(frame) != LENGTH or plain_sum(frame):
        raise Damaged
    return frame


def secure(opcode, payload=b"", slot=0):
    """A frame of the handshake in clear."""
    frame = bytearray(LENGTH)
    frame[0], frame[16], frame[17] = opcode, 0x0F, slot
    frame[4 : 4 + len(payload)] = payload
    frame[12:16] = secure_sum(frame)
    return bytes(frame)


def check_secure(frame):
    if len(frame) != LENGTH or frame[12:16] != secure_sum(frame):
        raise Damaged
    return frame


class Blocks:
    """AES-128 block by block, as the handshake uses it."""

    def __init__(self, key):
        self.cipher = Cipher(algorithms.AES(key), modes.ECB())

    def seal(self, frame):
        return self.cipher.encryptor().update(frame[:BLOCK]) + frame[BLOCK:]

    def open(self, frame):
        if len(frame) != LENGTH:
            raise Damaged
        return self.cipher.decryptor().update(frame[:BLOCK]) + frame[BLOCK:]


class Streams:
    """AES-128-CBC from a zero vector, one stream each way, that goes on until the link ends; the lock's end of them."""

    def __init__(self, key):
        self.out = Cipher(algorithms.AES(key), modes.CBC(bytes(BLOCK))).encryptor()
        self.inward = Cipher(algorithms.AES(key), modes.CBC(bytes(BLOCK))).decryptor()

    def seal(self, frame):
        return self.out.update(frame[:BLOCK]) + frame[BLOCK:]

    def open(self, frame):
        if len(frame) != LENGTH:
            raise Damaged
        return self.inward.update(frame[:BLOCK]) + frame[BLOCK:]
