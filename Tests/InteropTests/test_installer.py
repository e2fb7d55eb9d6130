"""What an installer does at the door, at a terminal of 40 columns: looks what is on the air, pairs, measures, proves, hands over."""

import getpass
import json
import signal

import pytest
import tokens
from conftest import standing
from house_site import ROOT, until
from radio_bench import RadioBench
from terminal import Terminal
from test_pairing import ANSWERS, install, pair

NUKI = f"  nuki:\n    path: {ROOT / 'adapters' / 'nuki'}\n"
LOCK = "front:nuki=3:door:motor=200"


class Door:
    """A site with a virtual Nuki lock on the air."""

    def __init__(self, bench, site):
        self.bench, self.site = bench, site

    def pair(self, *more: str):
        file = self.site.folder / "answers.json"
        file.write_text(json.dumps({"answers": ["0"]}))
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


@pytest.fixture
def site():
    with standing() as site:
        yield site


def test_a_lock_is_renamed_for_people_and_its_grants_go_on(site):
    site.run("grant", "add", "-", stdin=(grant := tokens.grant(site.alice, "acme", site.gateway, "front", maxUses=5)))
    site.run("lock", "rename", "front", "Haustür unten")
    assert site.lock("front")["title"] == "Haustür unten"
    shop = site.client("acme")
    command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=1)
    shop.publish("command", command)
    shop.reply(tokens.token_id(command), "secured", 30)
    for bad in ("x" * 65, "a\x1b[2Jb"):
        assert site.run("lock", "rename", "front", bad, check=False).returncode == 1
    assert site.run("lock", "rename", "nowhere", "x", check=False).returncode == 2
    assert site.lock("front")["title"] == "Haustür unten"


def test_settings_show_how_a_lock_relocks_and_its_own_relock_is_armed_and_read_back(site):
    terminal = Terminal(site, "lock", "settings", "front")
    terminal.expect("auto-relock   after 120 s")
    assert terminal.status() == 0
    terminal.fits()
    assert terminal.shows("door ajar not tried") and terminal.shows("door sensor yes")
    assert "off" in site.run("lock", "set", "front", "--auto-relock", "off").stdout
    until(lambda: site.lock("front").get("relockAssurance") is None, 10, "the doubt")
    assert site.ask({"do": "state", "lock": "front"})["autoRelock"]["armed"] is False, "by the lock itself"
    assert "after 60 s" in site.run("lock", "set", "front", "--auto-relock", "60").stdout
    until(lambda: site.lock("front").get("relockAssurance") == "lockAuto", 10, "its own relock")
    assert site.run("lock", "set", "front", "--auto-relock", "0", check=False).returncode == 1
    assert site.run("lock", "set", "back", "--auto-relock", "60", check=False).returncode == 2, "it has none"


def test_a_waiver_is_recorded_with_who_and_why_and_can_be_taken_back(site):
    site.run("lock", "set", "front", "--auto-relock", "off")
    until(lambda: site.lock("front").get("relockAssurance") is None, 10, "the doubt")
    done = site.run("lock", "waive-relock", "front", "--reason", "the gateway has a battery").stdout
    assert "gatewayOnly" in done
    lock = site.lock("front")
    me = getpass.getuser()
    assert (lock["relockWaiver"], lock["waived"]["by"]) == ("the gateway has a battery", me) and lock["waived"]["at"]
    terminal = Terminal(site, "lock", "show", "front")
    terminal.expect(f"waived by {me}")
    terminal.status()
    terminal.fits()
    assert "the gateway has a battery" in site.run("status").stdout
    site.kill("core", signal.SIGTERM)
    site.start_gateway()
    site.until_ready("front")
    assert site.lock("front")["waived"]["by"] == me
    site.run("lock", "waive-relock", "front", "--take-back")
    assert site.lock("front").get("waived") is None and site.lock("front").get("relockAssurance") is None
    assert site.run("lock", "waive-relock", "front", "--reason", "two\nlines", check=False).returncode == 1


def test_a_new_device_takes_a_locks_place_and_its_grants_live_on(site):
    install(site)
    pair(site, "shed", ANSWERS)
    site.until_ready("shed")
    site.run("grant", "add", "-", stdin=(grant := tokens.grant(site.alice, "acme", site.gateway, "shed", maxUses=50)))
    shop = site.client("acme")

    def opens(status="secured"):
        command = tokens.command(site.acme, site.gateway, "shed", grant, openSeconds=1)
        shop.publish("command", command)
        shop.reply(tokens.token_id(command), status, 30)

    def replace(*more: str, check=True, **answers):
        file = site.folder / "answers.json"
        file.write_text(json.dumps(answers))
        return site.run("lock", "replace", "shed", "--answers", str(file), *more, check=check)

    wrong = replace(candidate="one", answers=[True, "000000", "left"], check=False)
    assert wrong.returncode == 2 and "refused the PIN" in wrong.stderr
    opens()
    before = (site.home / "state" / "pairing" / "lock-shed").read_bytes()
    assert "Reset the old one" in replace(candidate="one", answers=[True, "123456", "left"]).stdout
    site.until_ready("shed")
    assert (site.home / "state" / "pairing" / "lock-shed").read_bytes() != before
    opens()
    command = tokens.command(site.acme, site.gateway, "shed", grant, openSeconds=8)
    shop.publish("command", command)
    shop.reply(tokens.token_id(command), "unlocked", 20)
    refused = replace(candidate="one", answers=[True, "123456", "left"], check=False)
    assert refused.returncode == 2 and "(busy)" in refused.stderr
    shop.reply(tokens.token_id(command), "secured", 30)
    assert "lock.replaced" in site.run("events", "list").stdout
    site.kill("core", signal.SIGTERM)
    site.start_gateway()
    site.until_ready("shed")
    opens()
    assert json.loads(site.run("audit", "verify", "--json").stdout)["good"]


def test_a_lock_is_replaced_by_one_of_another_make(site):
    install(site)
    site.run("grant", "add", "-", stdin=(grant := tokens.grant(site.alice, "acme", site.gateway, "front", maxUses=50)))
    file = site.folder / "answers.json"
    file.write_text(json.dumps({"candidate": "one", "answers": [True, "123456", "left"]}))
    site.run("lock", "replace", "front", "--adapter", "pairing", "--answers", str(file))
    for _ in range(2):
        site.until_ready("front")
        assert site.lock("front")["adapter"] == "pairing" and site.lock("front")["model"] == "Question lock"
        command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=1)
        shop = site.client("acme")
        shop.publish("command", command)
        shop.reply(tokens.token_id(command), "secured", 30)
        assert site.ask({"do": "state", "lock": "front"})["drives"] == 0, "the old one is left alone"
        site.hang_up()
        site.kill("core", signal.SIGTERM)
        site.start_gateway()
    assert site.run("lock", "replace", "nowhere", "--answers", str(file), check=False).returncode == 2


def proof(site, lock: str) -> dict:
    return {each["case"]: each for each in site.lock(lock).get("proof") or []}


def test_a_door_is_proved_by_what_the_lock_itself_shows_and_a_lost_terminal_changes_nothing(door):
    door.pair()
    terminal = Terminal(door.site, "lock", "prove", "front", "--open-seconds", "4")
    terminal.expect("DOOR SHUT")
    terminal.expect("0-2:")
    terminal.type("1")
    terminal.expect("Open for 4 s")
    terminal.expect("→ HELD, locked")
    terminal.expect("DOOR AJAR")
    terminal.type("1")
    terminal.expect("NOW open the door")
    door.bench.ask("set", "front", door="open")
    terminal.expect("Seen: the door is open")
    terminal.leave()
    terminal.fits()
    until(lambda: door.site.lock("front").get("alarm") == "doorOpen", 30, "the alarm")
    again = Terminal(door.site, "lock", "prove", "front", "--open-seconds", "4")
    again.expect("A case is under way: door ajar")
    again.expect("NOW close the door")
    assert door.bench.ask("state", "front")["bolt"] != "locked"
    door.bench.ask("set", "front", door="closed")
    again.expect("→ HELD", 40)
    again.expect("DOOR SHUT")
    again.expect("Last: HELD")
    again.type("2")
    again.expect("BOLT BLOCKED")
    again.type("1")
    again.expect("NOW block the bolt")
    door.bench.ask("set", "front", jam=True)
    again.expect("NOW free the bolt", 60)
    door.bench.ask("set", "front", jam=False)
    again.expect("→ HELD", 90)
    again.expect("RADIO CUT")
    again.type("1")
    again.expect("Cut off for")
    again.expect("Reached again", 40)
    again.expect("proved so far", 60)
    assert again.status() == 0
    again.fits()
    assert {case: each["result"] for case, each in proof(door.site, "front").items()} == dict.fromkeys(
        ("shut", "ajar", "blocked", "radioCut"), "held")
    assert "lock.proved" in door.site.run("events", "list").stdout
    door.site.kill("core", signal.SIGTERM)
    door.site.start_gateway()
    door.site.until_ready("front")
    assert len(proof(door.site, "front")) == 4 and json.loads(door.site.run("audit", "verify", "--json").stdout)["good"]
    assert "HELD" in door.site.run("lock", "show", "front").stdout


def prove(site, lock: str, *answers, more=(), check=True):
    file = site.folder / "answers.json"
    file.write_text(json.dumps({"answers": list(answers)}))
    return site.run("lock", "prove", lock, "--answers", str(file), *more, check=check)


def test_what_did_not_happen_or_cannot_be_seen_is_not_shown(site):
    prove(site, "back", 1, 1, 1, 2, more=("--open-seconds", "2"))
    found = {case: (each["result"], each.get("cause")) for case, each in proof(site, "back").items()}
    assert found == {
        "shut": ("held", None), "ajar": ("notShown", "noDoorSensor"), "blocked": ("notShown", "boltNotBlocked"),
        "radioCut": ("notShown", "skipped")}
    prove(site, "front", 1, more=("--case", "ajar", "--open-seconds", "2"))
    assert proof(site, "front")["ajar"]["cause"] == "doorNotOpened", "nobody opened it, whatever was claimed"
    short = prove(site, "front", check=False)
    assert short.returncode == 1 and "no answer" in short.stderr
    site.run("handover", "--yes")
    refused = prove(site, "front", 1, more=("--case", "shut"), check=False)
    assert "handed over" in refused.stdout + refused.stderr and proof(site, "front").keys() == {"ajar"}


@pytest.mark.parametrize("lies", [False, True], ids=["honest", "a lock whose own relock lies"])
def test_a_lock_that_is_cut_off_is_proved_by_what_it_did_alone(lies):
    with standing(locks=("front:door:auto=8:motor=100",)) as site:
        terminal = Terminal(site, "lock", "prove", "front", "--case", "radioCut", "--open-seconds", "4")
        terminal.expect("0-2:")
        terminal.type("1")
        terminal.expect("NOW put it out of reach")
        site.ask({"do": "set", "lock": "front", "unreachable": True, "ignoreRelock": lies})
        terminal.expect("Cut off for 14 s")
        terminal.expect("NOW put the plug in", 30)
        site.ask({"do": "set", "lock": "front", "unreachable": False})
        terminal.expect("→ FAILED: it did not lock by itself" if lies else "→ HELD", 40)
        assert terminal.status() == (1 if lies else 0)
        terminal.fits()
        assert site.ask({"do": "state", "lock": "front"})["bolt"] == "locked", "whatever it showed, it is locked now"
        assert proof(site, "front")["radioCut"]["result"] == ("failed" if lies else "held")


def test_the_handover_sheet_tells_how_each_door_stands_and_ends_commissioning(site):
    prove(site, "front", 1, more=("--case", "shut", "--open-seconds", "2"))
    site.run("lock", "waive-relock", "back", "--reason", "a porter sits beside it all day and all night")
    site.run("survey", "back", "--seconds", "2")
    site.run("grant", "add", "-", stdin=tokens.grant(site.alice, "acme", site.gateway, "front", maxUses=7))
    before = site.run("handover", "--sheet").stdout
    for text in (
        site.gateway, "door shut: HELD", "door ajar: not tried", "WAIVED: a porter", f"by {getpass.getuser()}", "read 1 of 1",
        "alice, resident", "acme at front: allowed by alice", "7 of 7 uses", "records, unbroken", "principal suspend", "OPEN POINTS",
        "- front: not tried: door ajar, bolt blocked, radio cut.", "until the handover"):
        assert text in " ".join(before.split()), text
    assert max(map(len, before.splitlines())) <= 40, "on paper too"
    terminal = Terminal(site, "handover")
    terminal.expect("points are open. After this the installer can't unlock")
    terminal.expect("0-1:")
    terminal.type("0")
    assert terminal.status() == 1
    terminal.fits()
    assert not site.status()["commissioned"]
    file = site.folder / "answers.json"
    file.write_text(json.dumps({"answers": [1]}))
    sheet = json.loads(site.run("handover", "--json", "--answers", str(file)).stdout)
    assert sheet["handedOver"] and sheet["audit"]["good"] and sheet["access"][0]["usesLeft"] == 7
    assert [lock["lock"] for lock in sheet["locks"]] == ["front", "back"]
    assert site.status()["commissioned"]
    assert site.run("lock", "unlock", "front", check=False).returncode == 2
    again = site.run("handover", "--yes").stdout
    assert "handed over before" in again and "The installer: no more." in again


def test_a_pairing_is_guided_from_nothing_to_a_lock_that_was_tried(door):
    door.bench.ask("press", "front")
    terminal = Terminal(door.site, "pair")
    terminal.expect("Which make is it?")
    terminal.expect("0-2:")
    names = [line.split() for line in terminal.lines() if line.endswith(" nuki")]
    terminal.type(names[0][0])
    terminal.expect("Which? 1-1, 0 gives up:", 30)
    terminal.type("1")
    terminal.expect("What is it to be called?")
    terminal.type("Front Door")
    terminal.expect("1 to 64 of them")
    terminal.leave()
    again = Terminal(door.site, "pair", "--resume")
    again.expect("Which? 1-1, 0 gives up:", 30)
    again.type("1")
    again.expect("0-9 and -. >")
    again.type("front")
    again.expect("PIN (not shown):", 30)
    again.type("0")
    again.expect("Paired: front", 60)
    again.expect("Nothing is sure to lock front again", 40)
    again.expect("only the gateway relocks it: say why")
    again.expect("2 later 1-2:")
    choice = next(line for line in again.lines() if "only the gateway relocks it" in line)
    again.type(choice[0])
    again.expect("It is recorded with your account. >")
    again.type("a test's door")
    again.expect("relock gatewayOnly")
    again.expect("locks again. 1 yes 2 later 1-2:")
    again.type("1")
    again.expect("Opened after", 40)
    again.expect("lock prove front")
    assert again.status() == 0
    terminal.fits()
    again.fits()
    assert door.bench.ask("state", "front")["drives"] == 2 and door.bench.ask("state", "front")["bolt"] == "locked"
    assert door.site.lock("front")["relockWaiver"] == "a test's door"


def test_a_file_answers_for_the_whole_pairing_and_its_first_test(site):
    install(site)
    file = site.folder / "answers.json"
    file.write_text(json.dumps({"candidate": "one", "name": "shed", "answers": [True, "123456", "left", 1]}))
    text = site.run("pair", "pairing", "--answers", str(file)).stdout
    assert "Paired: shed" in text and "Opened after" in text and "123456" not in text
    assert site.run("pair", "pairing", check=False).returncode == 64, "nobody is there to be asked for a name"
    assert site.run("pair", "--name", "barn", check=False).returncode == 64, "nor for an adapter"


READING = (
    "status", "lock list", "lock show front", "lock settings front", "scan --seconds 2", "survey side --seconds 2", "why front", "adapter list",
    "principal list", "grant list", "events list --limit 5", "explain relockDoubtful", "clock", "audit verify", "lock test side --cycles 1",
    "lock unlock side --open-seconds 1", "handover --sheet", "lock show nowhere", "pair --cancel", "lock set side", "--help", "scan --help",
    "lock prove --help", "pair --help", "lock replace --help", "handover --help", "nonsense")


def test_no_command_of_an_installers_prints_a_line_wider_than_the_terminal(door):
    door.pair()
    door.site.run("lock", "rename", "front", "The door at the far end of the long corridor to the yard")
    door.site.run("grant", "add", "-", stdin=tokens.grant(door.site.alice, "acme", door.site.gateway, "front", maxUses=5))
    for command in READING:
        terminal = Terminal(door.site, *command.split())
        terminal.status()
        assert terminal.text.strip(), command
        terminal.fits()


def test_on_the_air_the_new_device_answers_to_the_name_and_the_old_one_is_left_alone():
    plain = f"  plain:\n    path: {ROOT / 'Tests' / 'Simulators' / 'plain-adapter'}\n"
    locks = ("old:motor=100:encrypted", "new:motor=100:encrypted")
    with RadioBench(*locks) as bench, standing(
        locks=("side:motor=100:auto=120",), adapters=plain, radios=[f"tcp:127.0.0.1:{bench.port}"]) as site:
        until(lambda: all(radio["state"] == "up" for radio in site.status()["radios"]), 20, "the radio's start")
        file = site.folder / "answers.json"

        def chosen(name: str):
            file.write_text(json.dumps({"candidate": bench.ready["locks"][name]["address"]}))
            return "--option", "model=justWorks", "--answers", str(file)

        site.run("pair", "plain", "--name", "front", "--waive-relock", "a test's door", *chosen("old"))
        site.until_ready("front")
        site.run("grant", "add", "-", stdin=(grant := tokens.grant(site.alice, "acme", site.gateway, "front", maxUses=50)))
        kept = lambda: {part: (site.home / "state" / "plain" / f"{part}-front").read_bytes() for part in ("lock", "radio")}
        before = kept()
        site.run("lock", "replace", "front", *chosen("new"))
        assert all(before[part] != bytes for part, bytes in kept().items())
        for _ in range(2):
            site.until_ready("front")
            shop = site.client("acme")
            command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=1)
            shop.publish("command", command)
            shop.reply(tokens.token_id(command), "secured", 30)
            site.hang_up()
            site.kill("core", signal.SIGTERM)
            site.start_gateway()
            until(lambda: all(radio["state"] == "up" for radio in site.status()["radios"]), 20, "the radio's start")
        assert bench.ask("state", "old")["drives"] == 0 and bench.ask("state", "new")["drives"] == 4
        assert bench.ask("state", "old")["links"] == 0, "no link to the old one is left"


def test_a_plug_put_in_again_too_soon_proves_nothing():
    with standing(locks=("front:door:auto=8:motor=100",)) as site:
        terminal = Terminal(site, "lock", "prove", "front", "--case", "radioCut", "--open-seconds", "4")
        terminal.expect("0-2:")
        terminal.type("1")
        terminal.expect("NOW put it out of reach")
        site.ask({"do": "set", "lock": "front", "unreachable": True})
        terminal.expect("Cut off for 14 s")
        site.ask({"do": "set", "lock": "front", "unreachable": False})
        terminal.expect("→ not shown: it was not out of reach long enough", 40)
        assert terminal.status() == 0
        terminal.fits()
