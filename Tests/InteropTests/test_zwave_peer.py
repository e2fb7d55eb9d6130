"""The virtual Z-Wave stick and lock, tried with a host that drives real ones: OpenZWave. It speaks Security 0 only."""

import contextlib

import pytest

from zwave_bench import OpenZWave, ZWaveBench, build_openzwave_host


@pytest.fixture(scope="session")
def openzwave(tmp_path_factory):
    return build_openzwave_host(tmp_path_factory.mktemp("openzwave"))


@contextlib.contextmanager
def included(program, folder, spec="front:door:motor=200"):
    """A lock that OpenZWave let in with Security 0, and asked everything it wants to know."""
    with ZWaveBench(folder, spec) as bench, OpenZWave(program, bench.port, folder / "openzwave") as host:
        host.event("allQueried")
        assert host.tell("add")
        bench.until(lambda: bench.ask("stick")["adding"], "the stick letting nodes in")
        bench.ask("press")
        host.event("interviewed", node=2, seconds=60)
        yield bench, host


def test_a_host_lets_the_lock_in_with_security_and_opens_and_locks_it(openzwave, tmp_path):
    with included(openzwave, tmp_path) as (bench, host):
        state = bench.ask("state")
        assert state["secure"] == "s0" and state["refusals"] == [] and state["node"] == 2
        assert host.tell("unlock 2")
        host.value("Locked", "False")
        bench.until(lambda: bench.ask("state")["bolt"] == "unlocked", "the bolt drawn")
        assert host.tell("lock 2")
        host.value("Locked", "True")
        bench.until(lambda: bench.ask("state")["bolt"] == "locked", "the bolt thrown")
        assert [(move["move"], move["phase"]) for move in bench.moves] == [("unlock", "start"), ("unlock", "end"), ("lock", "start"), ("lock", "end")]


def test_a_turn_by_hand_is_told_by_itself(openzwave, tmp_path):
    with included(openzwave, tmp_path) as (bench, host):
        bench.ask("turn", to="unlock")
        host.value("Locked", "False")
        bench.ask("turn", to="lock")
        host.value("Locked", "True")
        assert bench.moves == []


def test_a_code_is_set_and_cleared(openzwave, tmp_path):
    with included(openzwave, tmp_path) as (bench, host):
        assert host.tell("code 2 3 481516")
        bench.until(lambda: bench.ask("state")["codes"] == {"3": "481516"}, "the code")


def test_a_jam_is_told_and_read(openzwave, tmp_path):
    with included(openzwave, tmp_path) as (bench, host):
        bench.ask("set", jam=True)
        assert host.tell("unlock 2")
        host.value("Access Control", "Lock Jammed")
        state = bench.ask("state")
        assert state["jammed"] and state["bolt"] == "notFullyLocked" and [move["phase"] for move in bench.moves] == ["start", "jam"]


def test_a_lock_that_is_let_out_is_gone_on_both_sides(openzwave, tmp_path):
    with included(openzwave, tmp_path) as (bench, host):
        assert host.tell("remove")
        bench.until(lambda: bench.ask("stick")["removing"], "the stick letting nodes out")
        bench.ask("press")
        host.event("nodeRemoved", node=2)
        assert bench.ask("stick")["nodes"] == [] and bench.ask("state")["secure"] == "none"


@pytest.mark.parametrize(
    ("fault", "shown"),
    [("loseAck", "repeated"), ("badChecksum", "naks"), ("nak", "nak"), ("can", "can")],
)
def test_trouble_on_the_line_is_lived_through(openzwave, tmp_path, fault, shown):
    with included(openzwave, tmp_path) as (bench, host):
        before = bench.ask("stick")["line"].get(shown, 0)
        bench.ask("fault", fault=fault)
        assert host.tell("unlock 2")
        host.value("Locked", "False", seconds=30)
        bench.until(lambda: bench.ask("state")["bolt"] == "unlocked", "the bolt drawn")
        assert bench.ask("stick")["line"].get(shown, 0) > before
        assert bench.ask("state")["moves"] == 1


def test_a_frame_that_was_lost_on_the_air_opens_nothing(openzwave, tmp_path):
    with included(openzwave, tmp_path) as (bench, host):
        bench.ask("set", outOfReach=True)
        assert host.tell("unlock 2")
        host.event("notification", node=2, seconds=60)
        assert bench.ask("state")["moves"] == 0 and bench.moves == []
