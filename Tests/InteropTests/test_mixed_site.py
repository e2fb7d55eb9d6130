"""A house with locks of three makes behind one radio: a day of deliveries from MQTT, with the radio's controller gone in the middle of it.

Each lock's own log is the judge: as many unlocks as there were commands that opened it, and a lock after each.
"""

import json

import pytest
import tokens
from conftest import standing
from house_site import ROOT, until
from radio_bench import RadioBench

KEYS = {"cellar": "3f0c5d8a9b7e41d2a6c8f1e0b2d4967c", "attic": "00112233445566778899aabbccddeeff"}
NUKI = {"front": "4711", "back": "482913"}
LOCKS = (
    "front:nuki=3:pin=4711:door:auto=120:motor=300", "back:nuki=5:pin=482913:auto=120:motor=300",
    f"cellar:august:key=1/{KEYS['cellar']}:door:auto=120:motor=300", f"attic:august:key=7/{KEYS['attic']}:auto=120:motor=300",
)
ADAPTERS = "".join(f"  {name}:\n    path: {ROOT / 'adapters' / name}\n" for name in ("nuki", "august"))
DOORS = ("front", "back", "cellar", "attic", "side")


class House:
    """The site, its locks on the air and its courier."""

    def __init__(self, bench, site):
        self.bench, self.site, self.shop = bench, site, site.client("acme")
        self.grants, self.opened = {}, dict.fromkeys(DOORS, 0)

    def pair_all(self):
        for name, pin in NUKI.items():
            self._pair("nuki", name, {"answers": [pin]}, {})
        for name, slot in (("cellar", "1"), ("attic", "7")):
            candidate = self.bench.ask("state", name)["address"]
            self._pair("august", name, {"candidate": candidate}, {"key": KEYS[name], "slot": slot})
        for door in DOORS:
            self.site.until_ready(door)
            self.grants[door] = tokens.grant(self.site.alice, "acme", self.site.gateway, door, maxUses=20)
            self.site.run("grant", "add", "-", stdin=self.grants[door])

    def _pair(self, adapter, name, answers, options):
        files = self.site.folder / "answers.json", self.site.folder / "options.json"
        for file, content in zip(files, (answers, options)):
            file.write_text(json.dumps(content))
        if adapter == "nuki":
            self.bench.ask("press", name)
        paired = self.site.run("pair", adapter, "--name", name, "--answers", str(files[0]), "--credentials", str(files[1]))
        assert f"Paired: {name}" in paired.stdout

    def send(self, door, seconds=1):
        """A command, whose door opens once by it."""
        command = tokens.command(self.site.acme, self.site.gateway, door, self.grants[door], openSeconds=seconds)
        self.shop.publish("command", command)
        return door, tokens.token_id(command)

    def deliver(self, *doors, seconds=1):
        """Commands to several doors at once; each ends with its door locked."""
        for door, jti in [self.send(door, seconds) for door in doors]:
            self.shop.reply(jti, "secured", 120)
            self.opened[door] += 1

    def moves(self, door, move):
        if door == "side":
            return self.site.moves("side", move)
        return sum((line["lock"], line["move"], line["phase"]) == (door, move, "start") for line in self.bench.ask("moves")["moves"])

    def bolt(self, door):
        return (self.site.ask({"do": "state", "lock": door}) if door == "side" else self.bench.ask("state", door))["bolt"]


@pytest.fixture
def house():
    with RadioBench(*LOCKS) as bench:
        with standing(locks=("side:motor=100:auto=120",), adapters=ADAPTERS, radios=[f"tcp:127.0.0.1:{bench.port}"]) as site:
            until(lambda: all(radio["state"] == "up" for radio in site.status()["radios"]), 20, "the radio's start")
            yield House(bench, site)


def test_a_day_with_five_doors_one_radio_and_a_controller_that_is_gone_for_a_while_ends_with_every_door_locked(house):
    house.pair_all()
    # The morning: one after the other, then all at once.
    for door in DOORS:
        house.deliver(door)
    house.deliver(*DOORS)
    # A neighbour's hand, which the auto-locks of the locks themselves are not to be needed for.
    home = house.site.client("alice")
    house.bench.ask("turn", "cellar", action="unlock")
    house.bench.ask("turn", "cellar", action="lock")
    # Noon: four doors stand open when the controller is gone, and one that needs no radio.
    open_now = [house.send(door, seconds=10) for door in DOORS]
    for door, jti in open_now:
        house.shop.reply(jti, "unlocked", 60)
        house.opened[door] += 1
    house.bench.ask("crash", closed=True)
    assert {house.bolt(door) for door in DOORS} == {"unlocked"}
    until(lambda: house.site.status()["radios"][0]["state"] != "up", 30, "the controller's loss being seen")
    house.shop.reply(dict(open_now)["side"], "secured", 60)
    house.bench.ask("open")
    until(lambda: house.site.status()["radios"][0]["state"] == "up", 60, "the radio's coming back")
    for _, jti in open_now:
        house.shop.reply(jti, "secured", 120)
    # The afternoon: all works as before.
    house.deliver(*DOORS)
    for door in DOORS:
        until(lambda: house.bolt(door) == "locked", 60, f"{door} locked by its own word")
        until(lambda: house.site.lock(door)["phase"] == "closed", 60, f"{door} closed by the gateway's")
        assert house.site.lock(door)["bolt"] == "locked" and house.site.lock(door).get("alarm") is None
        assert (house.moves(door, "unlock"), house.moves(door, "lock")) == (house.opened[door], house.opened[door]) == (4, 4), door
    for name in KEYS:
        state = house.bench.ask("state", name)
        assert (state["hurried"], state["noise"], state["wrongKeys"], state["manufacturerReads"]) == (0, 0, 0, 0)
    for name in NUKI:
        assert house.bench.ask("state", name)["replayedNonces"] == 0
    assert house.bench.violations == []
    house.site.run("audit", "verify")
    home.close()
