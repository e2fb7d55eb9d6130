"""Who may tell a Nuki lock what to do: authorisations with their keys and nonces, and the PIN with its lock-out."""

import asyncio
import collections
import dataclasses

from nacl.utils import random

from nuki_words import Client, Error, Refusal

MOST_AUTHORIZATIONS, PIN_TRIES, LOCK_OUT_SECONDS, REMEMBERED_NONCES = 100, 5, 60, 256


@dataclasses.dataclass
class Authorization:
    """One client. Its last challenge is good for one command."""

    identifier: bytes
    key: bytes
    kind: int
    name: str
    nonce: bytes | None = None
    used: collections.deque = dataclasses.field(default_factory=lambda: collections.deque(maxlen=REMEMBERED_NONCES))

    def challenge(self):
        self.nonce = random(32)
        return self.nonce


class Authority:
    """Grants, checks and forgets. `pin` 0 means that none is set."""

    def __init__(self, pin, generation):
        self.pin, self.pin_length = pin, 4 if generation >= 5 else 2
        self.granted, self.last = {}, 0
        self.replayed_nonces = self.wrong_pins = self.tries = 0
        self.locked_until = 0

    def reserve(self, key, kind, name):
        """An authorisation that counts only once it is granted."""
        if len(self.granted) >= MOST_AUTHORIZATIONS:
            raise Refusal(Error.USERS_FULL)
        self.last += 1
        return Authorization(self.last.to_bytes(4, "little"), key, kind, name)

    def grant(self, new):
        """Lets it in; one more bridge takes the place of the one before."""
        if new.kind == Client.BRIDGE:
            self.granted = {each: known for each, known in self.granted.items() if known.kind != Client.BRIDGE}
        self.granted[new.identifier] = new

    def named(self, identifier):
        if identifier not in self.granted:
            raise Refusal(Error.NOT_AUTHORIZED)
        return self.granted[identifier]

    def remove(self, identifier):
        if not self.granted.pop(identifier, None):
            raise Refusal(Error.NO_SUCH_AUTHORIZATION)

    def use_nonce(self, authorization, nonce):
        """Takes the nonce of a command; it is not good for another one."""
        if nonce in authorization.used:
            self.replayed_nonces += 1
        if nonce != authorization.nonce:
            raise Refusal(Error.BAD_NONCE)
        authorization.nonce = None
        authorization.used.append(nonce)

    def check_pin(self, pin):
        """Refuses a wrong PIN, and every one while too many were wrong; 0 where one is set locks all out at once."""
        now = asyncio.get_running_loop().time()
        if now < self.locked_until:
            raise Refusal(Error.TOO_MANY_PINS)
        if pin == self.pin:
            self.tries = 0
            return
        self.wrong_pins += 1
        self.tries += 1
        if self.tries >= PIN_TRIES or pin == 0:
            self.tries, self.locked_until = 0, now + LOCK_OUT_SECONDS
        raise Refusal(Error.BAD_PIN)

    @property
    def described(self):
        return {
            "keys": [each.identifier.hex() for each in self.granted.values()],
            "authorizations": [{"name": each.name, "kind": int(each.kind)} for each in self.granted.values()],
            "replayedNonces": self.replayed_nonces, "wrongPins": self.wrong_pins,
        }
