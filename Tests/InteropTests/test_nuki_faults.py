"""Trouble with a Nuki lock, through our adapter: each has its outcome, and the motor gets one order or none."""

import time

import pytest

from ble import Refused
from house_site import until
from nuki_adapter import LOCK, standing

LOCKS = {3: ("front:nuki=3:pin=4711:door:motor=60:latch=30", "4711"), 5: ("front:nuki=5:pin=482913:door:motor=60:latch=30", "482913")}
COMMANDS = {3: ("0001", "0003", "0005", "0006", "001E"), 5: ("0001", "0003", "0005", "0006")}


@pytest.fixture
def bench():
    with standing(LOCKS[3][0]) as bench:
        yield bench


def serves(bench, action="unlock"):
    """It goes on as if nothing had been."""
    drives = bench.state["drives"]
    assert bench.adapter.operate(action, "afterwards")["outcome"] == "done"
    assert bench.state["drives"] == drives + 1 and bench.state["replayedNonces"] == 0


def is_read(bench):
    try:
        return bench.adapter.read()["bolt"] == "locked"
    except Refused:
        return False


@pytest.mark.parametrize("fault, reason, moves", [
    ({"jam": True}, "lockJammed", 1), ({"busy": True}, "busy", 0), ({"lowVoltage": True}, "batteryCritical", 0),
    ({"refuse": 0x42}, "lockJammed", 0), ({"refuse": 0x45}, "busy", 0), ({"refuse": 0x4A}, "batteryCritical", 0),
    ({"refuse": 0x22}, "adapterFailed", 0), ({"refuse": 0x25}, "adapterFailed", 0), ({"refuse": 0x47}, "adapterFailed", 0),
])
def test_what_the_lock_refuses_is_failed_with_its_reason_after_one_order(bench, fault, reason, moves):
    bench.air.do("set", **fault)
    outcome = bench.adapter.operate("unlock", "one")
    assert (outcome["outcome"], outcome["reason"]) == ("failed", reason)
    assert (bench.state["drives"], bench.state["moves"], bench.state["replayedNonces"]) == (1, moves, 0)
    if "lowVoltage" in fault:
        assert bench.adapter.read()["battery"]["level"] == "critical"
    bench.air.do("set", **{name: False for name in fault})
    serves(bench)


def test_a_jammed_bolt_is_read_as_such(bench):
    bench.air.do("set", jam=True)
    bench.adapter.operate("unlock", "one")
    reading = bench.adapter.read()
    assert (reading["bolt"], reading["jammed"]) == ("notFullyLocked", True)


def test_a_lost_last_word_is_asked_for_and_never_ordered_again(bench):
    bench.air.do("set", loseComplete=True)
    outcome = bench.adapter.operate("unlock", "one")
    assert (outcome["outcome"], outcome["bolt"], bench.state["drives"]) == ("done", "unlocked", 1)


def test_a_silent_lock_is_unknown_in_time_after_at_most_one_order(bench):
    bench.adapter.read()
    bench.air.do("set", quiet=True)
    begin = time.monotonic()
    with pytest.raises(Refused) as refusal:
        bench.adapter.operate("unlock", "one", ttl=900)
    assert refusal.value.code == 1008 and time.monotonic() - begin < 3 and bench.state["drives"] == 0, "no challenge, no order"
    bench.air.do("set", quiet=False)
    serves(bench)


@pytest.mark.parametrize("step", ["in:0001", "acted:0001", "out:0004"])
def test_a_link_that_breaks_before_the_order_leaves_the_lock_as_it_is(bench, step):
    bench.air.do("loseLinkAt", step=step)
    with pytest.raises(Refused) as refusal:
        bench.adapter.operate("unlock", "one")
    assert refusal.value.code == 1000
    assert (bench.state["drives"], bench.state["bolt"]) == (0, "locked")
    serves(bench)


@pytest.mark.parametrize("step, after, outcome, moves", [
    ("in:000D", 0, "unknown", 0), ("acted:000D", 0, "done", 1), ("out:000E", 0, "done", 1), ("out:000C", 0, "done", 1), ("out:000E", 1, "done", 1),
])
def test_a_link_that_breaks_after_the_order_is_asked_over_another_and_never_ordered_again(bench, step, after, outcome, moves):
    bench.air.do("loseLinkAt", step=step, after=after)
    answer = bench.adapter.operate("unlock", "one")
    assert answer["outcome"] == outcome
    assert (bench.state["moves"], bench.state["replayedNonces"]) == (moves, 0) and bench.state["drives"] <= 1
    assert bench.adapter.operate("unlock", "one") == answer, "the same operation is not made again"
    assert bench.state["drives"] <= 1
    serves(bench, "lock")


def test_a_lock_that_has_forgotten_us_is_told_as_such_and_gets_no_order(bench):
    bench.air.do("loseAuthorizations")
    for ask in (bench.adapter.read, lambda: bench.adapter.operate("unlock", "one"), lambda: bench.adapter.add(bench.paired["vendorState"])):
        with pytest.raises(Refused) as refusal:
            ask()
        assert refusal.value.code == 1005 and "not authorised" in str(refusal.value)
    assert bench.state["drives"] == 0
    bench.air.do("press")
    bench.adapter.answers = ["4711"]
    bench.adapter.add(bench.adapter.pair()["vendorState"])
    serves(bench)


def test_answers_for_somebody_else_are_none(bench):
    bench.air.do("set", foreignId=True)
    with pytest.raises(Refused) as refusal:
        bench.adapter.operate("unlock", "one")
    assert refusal.value.code == 1000 and bench.state["drives"] == 0
    bench.air.do("set", foreignId=False)
    serves(bench)


def test_a_device_in_the_lock_s_place_gets_no_order_and_is_never_taken_for_it(bench):
    bench.adapter.ask("lock.drop", lock=LOCK)
    bench.air.do("spoof", on=True)
    with pytest.raises(Refused):
        bench.adapter.operate("unlock", "one", ttl=6000)
    with pytest.raises(Refused):
        bench.adapter.read()
    assert bench.state["drives"] == 0
    bench.adapter.ask("lock.drop", lock=LOCK)
    bench.air.do("spoof", on=False)
    until(lambda: is_read(bench), 30, "the lock itself")
    serves(bench)


@pytest.mark.parametrize("generation", LOCKS)
@pytest.mark.parametrize("moment", ["in", "acted"])
def test_a_link_that_breaks_in_any_step_of_pairing_ends_it_and_the_next_one_works(generation, moment):
    spec, pin = LOCKS[generation]
    with standing(spec, answers=[pin] * 20, pairs=False) as bench:
        for command in COMMANDS[generation]:
            bench.air.do("press")
            candidate = bench.adapter.find()
            bench.air.do("loseLinkAt", step=f"{moment}:{command}")
            with pytest.raises(Refused) as refusal:
                bench.adapter.ask("pair.choose", candidate=candidate)
            assert refusal.value.code == 1000, command
            bench.adapter.ask("pair.cancel")
        bench.air.do("press")
        bench.paired = bench.adapter.pair()
        bench.adapter.add(bench.paired["vendorState"])
        assert bench.paired["vendorState"]["authorization"] == int.from_bytes(bytes.fromhex(bench.state["keys"][-1]), "little")
        serves(bench)


@pytest.mark.parametrize("generation", LOCKS)
def test_a_lock_that_falls_silent_while_it_is_paired_is_given_up(generation):
    spec, pin = LOCKS[generation]
    with standing(spec, answers=[pin], pairs=False) as bench:
        bench.air.do("press")
        candidate = bench.adapter.find()
        bench.air.do("set", quiet=True)
        begin = time.monotonic()
        with pytest.raises(Refused) as refusal:
            bench.adapter.ask("pair.choose", candidate=candidate)
        assert refusal.value.code == 1000 and "silent" in str(refusal.value) and 9 < time.monotonic() - begin < 20
        assert (bench.state["keys"], bench.state["links"]) == ([], 0)


@pytest.mark.parametrize("answers, code", [(["111111"], 1005), (["000000"], 1005), ([], 1007)], ids=["wrong", "zero", "nobody"])
def test_the_fifth_generation_is_not_paired_with_without_its_pin_and_zero_is_never_sent(answers, code):
    with standing(LOCKS[5][0], answers=answers, pairs=False) as bench:
        bench.air.do("press")
        with pytest.raises(Refused) as refusal:
            bench.adapter.pair()
        assert refusal.value.code == code
        assert (bench.state["keys"], bench.state["wrongPins"]) == ([], 1 if answers == ["111111"] else 0)


@pytest.mark.parametrize("generation", LOCKS)
def test_everything_works_in_pieces_of_20_bytes(generation):
    spec, pin = LOCKS[generation]
    with standing(spec + ":mtu=23", answers=[pin]) as bench:
        assert bench.adapter.operate("unlock", "one")["outcome"] == "done"
        assert bench.adapter.ask("lock.configure", lock=LOCK, autoRelock={"armed": True, "seconds": 90})["state"] == "set"
        assert bench.adapter.ask("code.set", lock=LOCK, slot=1, code="735196")["state"] == "set"
        assert [entry["code"] for entry in bench.adapter.ask("code.list", lock=LOCK)["codes"]] == ["735196"]
        assert bench.adapter.operate("lock", "two")["outcome"] == "done"
        assert (bench.state["drives"], bench.state["replayedNonces"]) == (2, 0)
        bench.adapter.ask("unpair", lock=LOCK)
        assert bench.state["keys"] == []
