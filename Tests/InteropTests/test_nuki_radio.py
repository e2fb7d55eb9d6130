"""The gateway's own radio process with a virtual Nuki lock: long writes, indications in pieces, pairing mode on the air."""

import asyncio
import contextlib

import pytest

from ble import Air, Radio
from nuki_client import NukiClient
from nuki_words import PAIRING, Action, Command, State


class RadioLink:
    """A link of the radio process's, as `NukiClient` uses bleak's."""

    def __init__(self, radio, peer):
        self.radio, self.begin, self.heard, self.place = radio, radio.mark(), {}, radio.mark()
        self.number = radio.connect(peer)["link"]

    async def write_gatt_char(self, characteristic, value, response):
        await asyncio.to_thread(self._ask, "write", characteristic=characteristic, value=value.hex(), withResponse=response)

    async def start_notify(self, characteristic, heard):
        self.heard[characteristic] = heard
        await asyncio.to_thread(self._ask, "subscribe", characteristic=characteristic)

    def _ask(self, what, **params):
        return self.radio.ask(f"radio.{what}", link=self.number, **params)

    async def listen(self):
        """Passes on what is indicated, as it comes."""
        while True:
            with self.radio.condition:
                lines, self.place = self.radio.news[self.place :], len(self.radio.news)
            for line in lines:
                if line.get("method") == "radio.notified":
                    self.heard[line["params"]["characteristic"]](None, bytes.fromhex(line["params"]["value"]))
            await asyncio.sleep(0.005)


@contextlib.contextmanager
def standing(spec):
    air = Air(locks=[spec])
    radio = Radio(air.place)
    try:
        radio.up()
        yield air, radio
    finally:
        radio.end()
        air.end()


@pytest.mark.parametrize("mtu", [23, 247])
def test_a_nuki_lock_pairs_and_unlocks_over_our_radio_whatever_its_packets(mtu):
    with standing(f"front:nuki=3:pin=4711:motor=30:mtu={mtu}") as (air, radio):
        air.do("press")
        radio.ask("radio.peers", peers=[{"peer": air.peer()}])

        async def body():
            link = RadioLink(radio, air.peer())
            listening = asyncio.get_running_loop().create_task(link.listen())
            client = NukiClient(link, 3, 4711)
            await client.subscribe()
            await client.pair()
            assert await client.drive(Action.UNLOCK) == ([State.UNLOCKING, State.UNLOCKED], 0)
            assert (await client.ask(Command.REQUEST_CONFIG))[0] == Command.CONFIG
            assert (max(client.pieces) == 20) == (mtu == 23)
            listening.cancel()

        asyncio.run(asyncio.wait_for(body(), 60))
        state = air.do("state")
        assert (state["bolt"], state["drives"], len(state["keys"])) == ("unlocked", 1, 1)
        assert air.do("trace")["violations"] == []


@pytest.mark.parametrize("generation", [3, 5])
def test_our_radio_hears_which_mode_a_nuki_lock_is_in(generation):
    with standing(f"front:nuki={generation}:pin=4711") as (air, radio):
        radio.ask("radio.filter", filters=[{"company": 76}], activity="active")
        number = air.do("state")["nukiId"]
        beacon = radio.told("radio.advertisement", peer=air.peer())
        assert beacon["manufacturer"] == {"004c": f"0215a92ee200550111e4916c0800200c9a66{number.lower()}c8"}
        air.do("press")
        radio.ask("radio.filter", filters=[{"serviceData": PAIRING[generation][0]}], activity="active")
        pairing = radio.told("radio.advertisement", serviceData={PAIRING[generation][0]: number.lower()})
        assert (pairing["manufacturer"], pairing["peer"]) == ({}, air.peer())
        assert radio.told("radio.advertisement", name=f"Nuki_{number}")["peer"] == air.peer()
