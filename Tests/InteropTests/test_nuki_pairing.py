"""Whom the virtual Nuki lock does not pair with, and what it says then."""

import asyncio
import struct

import pytest

from nuki_client import Refused, with_lock
import nuki_wire as wire
from nuki_words import PAIRING, Command

SPECS = {3: "front:nuki=3:pin=4711:motor=0", 5: "front:nuki=5:pin=482913:motor=0"}
OWN = b"\x7f\xff\xff\xff"


async def begun(client):
    """Keys exchanged: our secret, our public key, the lock's, and its challenge."""
    secret, public = wire.key_pair()
    theirs = await client._plain(Command.REQUEST_DATA, b"\x03\x00")
    client.key = wire.shared_key(secret, theirs)
    return public, theirs, await client._plain(Command.PUBLIC_KEY, public)


@pytest.mark.parametrize("generation", SPECS)
def test_a_wrong_proof_a_wrong_order_and_a_bad_frame_end_a_pairing(generation):
    characteristic = PAIRING[generation][1]

    async def body(client, bench):
        bench.ask("press", "front")
        await begun(client)
        with pytest.raises(Refused) as refusal:
            await client._plain(Command.AUTHENTICATOR, bytes(32))
        assert refusal.value.args == (0x11, Command.AUTHENTICATOR)
        public, theirs, nonce = await begun(client)
        with pytest.raises(Refused) as refusal:
            await client._plain(Command.CONFIRMATION, bytes(36))
        assert refusal.value.args == (0x12, Command.CONFIRMATION)
        with pytest.raises(Refused) as refusal:
            await client._plain(Command.AUTHENTICATOR, wire.authenticator(client.key, public, theirs, nonce))
        assert refusal.value.args == (0x12, Command.AUTHENTICATOR)
        await client.link.write_gatt_char(characteristic, b"\1\0\3\0\0\0", response=True)
        assert wire.unframe(await client.next(characteristic))[1][0] == 0xFD

    assert with_lock(body, SPECS[generation], generation=generation, pairs=False)["keys"] == []


@pytest.mark.parametrize("has_plain_errors", [False, True], ids=["sealed", "plain"])
def test_the_fifth_generation_tells_of_a_wrong_pin_sealed_or_plain(has_plain_errors):
    characteristic = PAIRING[5][1]

    async def authorize(client, pin):
        public, theirs, nonce = await begun(client)
        assert await client._plain(Command.AUTHENTICATOR, wire.authenticator(client.key, public, theirs, nonce)) == b"\1"
        data = struct.pack("<I", 7) + b"ours".ljust(32, b"\0") + struct.pack("<I", pin)
        await client.link.write_gatt_char(characteristic, wire.seal(client.key, OWN, Command.AUTHORIZATION_DATA, data), response=True)
        async with asyncio.timeout(5):
            while len(client.parts) < 7 and client.heard[characteristic].empty():
                await asyncio.sleep(0.005)
        if not client.heard[characteristic].empty():
            return wire.unframe(await client.next(characteristic))
        identifier, command, payload = wire.unseal(client.key, bytes(client.parts))
        assert (identifier, wire.addressee(bytes(client.parts))) == (OWN, OWN)
        client.parts.clear()
        return command, payload

    async def body(client, bench):
        bench.ask("set", "front", plainErrors=has_plain_errors)
        bench.ask("press", "front")
        wrong = struct.pack("<BH", 0x21, Command.AUTHORIZATION_DATA)
        assert await authorize(client, 482914) == (Command.ERROR, wrong)
        command, payload = await authorize(client, 482913)
        assert (command, len(payload), payload[:4].hex()) == (Command.AUTHORIZATION_ID, 20, bench.ask("state", "front")["keys"][0])
        client.identifier = payload[:4]
        assert await client.ask(Command.VERIFY_PIN, pin=482913) == (Command.STATUS, b"\0")
        # Its button has to be pressed again.
        with pytest.raises(Refused) as refusal:
            await begun(client)
        assert refusal.value.args == (0x10, Command.REQUEST_DATA)

    assert len(with_lock(body, SPECS[5], generation=5, pin=482913, pairs=False)["keys"]) == 1


def test_too_many_wrong_pins_ban_the_client_for_a_while():
    async def body(client, bench):
        for number in range(6):
            with pytest.raises(Refused) as refusal:
                await client.ask(Command.VERIFY_PIN, pin=1000)
            assert refusal.value.args[0] == (0x21 if number < 5 else 0x28)
        bench.ask("set", "front", wrongPins=0, pin=1000)
        assert await client.ask(Command.VERIFY_PIN, pin=1000) == (Command.STATUS, b"\0")

    assert with_lock(body)["wrongPins"] == 5
