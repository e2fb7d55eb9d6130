"""How a Nuki lock pairs: one attempt over one link, message after message, up to the 4th generation and in the 5th."""

import hmac
import struct

from nacl.utils import random

import nuki_wire as wire
from nuki_words import COMPLETE, Client, Command, Error, Refusal


class Pairing:
    """Answers what arrives at the pairing characteristic; `over(client)` is called once somebody has paired."""

    def __init__(self, authority, generation, is_open, over, has_plain_errors):
        self.authority, self.generation, self.is_open, self.over = authority, generation, is_open, over
        self.has_plain_errors = has_plain_errors
        self.expected = Command.REQUEST_DATA
        self.secret = self.public = self.theirs = self.key = self.nonce = self.reserved = None

    def answer(self, data):
        """What goes back on one message, as a frame; an error begins it all anew."""
        command, is_sealed = 0, False
        try:
            is_sealed = self.expected == Command.AUTHORIZATION_DATA and self.generation >= 5
            if is_sealed:
                self.outer, command = wire.addressee(data), Command.AUTHORIZATION_DATA
                self.inner, command, payload = wire.unseal(self.key, data)
            else:
                command, payload = wire.unframe(data)
            return self._step(command, payload)
        except Refusal as refusal:
            key, self.expected = self.key, Command.REQUEST_DATA
            payload = struct.pack("<BH", refusal.code, command)
            if is_sealed and not self.has_plain_errors() and refusal.code not in (Error.NOT_AUTHORIZED, Error.BAD_LENGTH):
                return wire.seal(key, self.inner, Command.ERROR, payload, outer=self.outer)
            return wire.frame(Command.ERROR, payload)

    def _step(self, command, payload):
        if not self.is_open():
            raise Refusal(Error.NOT_PAIRING)
        if command == Command.REQUEST_DATA:
            return self._begin(payload)
        if command != self.expected:
            raise Refusal(Error.PAIRING_PARAMETER)
        match command:
            case Command.PUBLIC_KEY:
                return self._public_key(payload)
            case Command.AUTHENTICATOR:
                return self._authenticator(payload)
            case Command.AUTHORIZATION_DATA if self.generation >= 5:
                return self._authorize_with_pin(payload)
            case Command.AUTHORIZATION_DATA:
                return self._authorize(payload)
            case _:
                return self._confirm(payload)

    def _begin(self, payload):
        if payload != Command.PUBLIC_KEY.to_bytes(2, "little"):
            raise Refusal(Error.PAIRING_PARAMETER)
        self.secret, self.public = wire.key_pair()
        self.expected = Command.PUBLIC_KEY
        return wire.frame(Command.PUBLIC_KEY, self.public)

    def _public_key(self, payload):
        self._has(payload, 32)
        self.theirs, self.key = payload, wire.shared_key(self.secret, payload)
        self.expected = Command.AUTHENTICATOR
        return self._challenge()

    def _challenge(self):
        self.nonce = random(32)
        return wire.frame(Command.CHALLENGE, self.nonce)

    def _authenticator(self, payload):
        self._proves(payload, self.theirs, self.public, self.nonce)
        self.expected = Command.AUTHORIZATION_DATA
        if self.generation >= 5:
            return wire.frame(Command.AUTHORIZATION_INFO, b"\x01" if self.authority.pin else b"\x00")
        return self._challenge()

    def _authorize(self, payload):
        self._has(payload, 32 + 1 + 4 + 32 + 32)
        self._proves(payload[:32], payload[32:], self.nonce)
        kind, name, theirs = payload[32], payload[37:69], payload[69:]
        self.reserved = self.authority.reserve(self.key, kind, self._text(name))
        self.nonce, self.expected = random(32), Command.CONFIRMATION
        answer = self.reserved.identifier + random(16) + self.nonce
        return wire.frame(Command.AUTHORIZATION_ID, wire.authenticator(self.key, answer, theirs) + answer)

    def _confirm(self, payload):
        self._has(payload, 36)
        self._proves(payload[:32], payload[32:], self.nonce)
        if payload[32:] != self.reserved.identifier:
            raise Refusal(Error.PAIRING_PARAMETER)
        self.authority.grant(self.reserved)
        self._end()
        return wire.frame(Command.STATUS, bytes([COMPLETE]))

    def _authorize_with_pin(self, payload):
        self._has(payload, 4 + 32 + 4)
        self.authority.check_pin(int.from_bytes(payload[36:], "little"))
        new = self.authority.reserve(self.key, Client.APP, self._text(payload[4:36]))
        self.authority.grant(new)
        self._end()
        return wire.seal(self.key, self.inner, Command.AUTHORIZATION_ID, new.identifier + random(16), outer=self.outer)

    def _end(self):
        self.expected = Command.REQUEST_DATA
        self.over()

    def _proves(self, proof, *parts):
        if not hmac.compare_digest(proof, wire.authenticator(self.key, *parts)):
            raise Refusal(Error.BAD_AUTHENTICATOR)

    @staticmethod
    def _has(payload, length):
        if len(payload) != length:
            raise Refusal(Error.BAD_LENGTH)

    @staticmethod
    def _text(name):
        return name.rstrip(b"\0").decode(errors="replace")
