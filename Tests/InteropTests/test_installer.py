"""What an installer does at the door, at a terminal of 40 columns: looks what is on the air, pairs, measures, proves, hands over."""

import json

import pytest
from conftest import standing
from house_site import ROOT, until
from radio_bench import RadioBench
from terminal import Terminal

NUKI = f"  nuki:\n    path: {ROOT / 'adapters' / 'nuki'}\n"
LOCK = "front:nuki=3:door:motor=200"


class Door:
    """A site with a virtual Nuki lock on the air."""

    def __init__(self, bench, site):
        self.bench, self.site = bench, site

    def pair(self, *more: str):
        file = self.site.folder / "answers.json"
        file.write_text("{}")
        self.bench.ask("press", "front")
        self.site.run("pair", "nuki", "--name", "front", "--answers", str(file), "--waive-relock", "a test's door", *more)
        self.site.until_ready("front")

    def scan(self, *more: str) -> list[dict]:
        found = self.site.run("scan", "--json", "--seconds", "3", *more).stdout
        return [json.loads(line) for line in found.splitlines()]


@pytest.fixture
def door(request):
    marker = request.node.get_closest_marker("locks")
    with RadioBench(*(marker.args if marker else (LOCK,))) as bench:
        with standing(locks=("side:motor=100:auto=120",), adapters=NUKI, radios=[f"tcp:127.0.0.1:{bench.port}"]) as site:
            until(lambda: all(radio["state"] == "up" for radio in site.status()["radios"]), 20, "the radio's start")
            yield Door(bench, site)


@pytest.mark.locks(LOCK, "e\x1b[2Jvil:motor=300")
def test_what_is_on_the_air_is_told_by_the_words_of_the_adapters(door):
    assert {(find["what"], find["pairable"]) for find in door.scan()} == {("Nuki lock", False)}
    door.bench.ask("press", "front")
    terminal = Terminal(door.site, "scan", "--seconds", "3")
    terminal.expect("Nuki lock, ready to pair")
    assert terminal.status() == 0
    terminal.fits()
    assert "dBm" in terminal.text and "vil" not in terminal.text
    every = door.scan("--all")
    assert {find.get("what") for find in every} == {"Nuki lock", None}
    door.pair()
    find = door.scan()[-1]
    assert (find["lock"], find["adapter"], find["signal"] in ("good", "fair", "weak", "unknown")) == ("front", "nuki", True)
    assert "paired here as front" in door.site.run("scan", "--seconds", "3").stdout
    text = door.site.run("scan", "--seconds", "3", "--all").stdout
    assert "unknown" in text and "\x1b" not in text and "\\u{1b}[2J" in text, "a name from the air moves no cursor"
    door.bench.ask("set", "front", unreachable=True)
    until(lambda: "front: not heard" in door.site.run("scan", "--seconds", "2").stdout, 20, "the word that it is silent")


def test_without_a_radio_a_scan_says_what_to_do():
    with standing(locks=("side:motor=100:auto=120",)) as site:
        refused = site.run("scan", check=False)
        assert refused.returncode == 1 and "No radio is configured" in refused.stderr


def test_a_survey_tells_how_well_a_lock_is_reached_and_what_to_do(door):
    door.pair()
    door.bench.ask("set", "front", rssi=-90)
    terminal = Terminal(door.site, "survey", "front", "--seconds", "7")
    terminal.expect("s to go")
    terminal.expect("signal is weak: move the gateway")
    assert terminal.status() == 0
    terminal.fits()
    door.bench.ask("set", "front", rssi=-50)
    good = json.loads(door.site.run("survey", "front", "--seconds", "7", "--json").stdout)
    assert good["hasRadio"] and good["signal"] == "good" and good["advertisements"] > 0, good
    assert good["rssi"]["max"] >= good["rssi"]["median"] >= good["rssi"]["min"]
    assert good["readsTried"] == good["readsSucceeded"] >= 2 and good["readMilliseconds"]["p95"] > 0
    assert good["advice"] == ["All is well where it is."]
    assert door.bench.ask("state", "front")["drives"] == 0, "no motor moved"
    door.bench.ask("set", "front", unreachable=True)
    gone = json.loads(door.site.run("survey", "front", "--seconds", "25", "--json").stdout)
    assert gone["readsSucceeded"] < gone["readsTried"] and gone["lastFailure"], gone
    wired = json.loads(door.site.run("survey", "side", "--seconds", "4", "--json").stdout)
    assert not wired["hasRadio"] and wired["readsSucceeded"] > 0
    assert door.site.run("survey", "nowhere", check=False).returncode == 2
