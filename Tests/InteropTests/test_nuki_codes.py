"""Codes of a Nuki lock's keypad and its log, through our adapter; and parting from the lock."""

import pytest

from ble import Refused
from house_site import until
from nuki_adapter import LOCK, standing

LOCKS = {3: ("front:nuki=3:pin=4711:door:motor=30:latch=30", "4711"), 5: ("front:nuki=5:pin=482913:door:motor=30:latch=30", "482913")}


@pytest.fixture(params=LOCKS, ids=["generation 3", "generation 5"])
def bench(request):
    spec, pin = LOCKS[request.param]
    with standing(spec, answers=[pin]) as bench:
        yield bench


def set_code(bench, slot, code, **more):
    return bench.adapter.ask("code.set", lock=LOCK, slot=slot, code=code, **more)["state"]


def listed(bench):
    return [(entry["slot"], entry["code"], entry["ours"]) for entry in bench.adapter.ask("code.list", lock=LOCK)["codes"]]


def in_lock(bench):
    return [entry["code"] for entry in bench.state["codes"]]


def test_codes_are_set_changed_and_cleared_by_their_slot_and_others_are_never_touched(bench):
    bench.air.do("addCode", code="846219", name="Cleaner")
    assert listed(bench) == [(1001, "846219", False)]
    assert set_code(bench, 1, "735196", name="Anna") == "set"
    assert set_code(bench, 7, "918273") == "set"
    assert set_code(bench, 1, "735196", name="Anna") == "set", "the same again changes nothing"
    assert set_code(bench, 1, "555666", name="Anna") == "set"
    assert sorted(in_lock(bench)) == ["555666", "846219", "918273"]
    assert sorted(listed(bench)) == [(1, "555666", True), (7, "918273", True), (1001, "846219", False)]
    assert bench.adapter.ask("code.clear", lock=LOCK, slot=7)["state"] == "cleared"
    assert bench.adapter.ask("code.clear", lock=LOCK, slot=9)["state"] == "cleared"
    assert sorted(in_lock(bench)) == ["555666", "846219"]
    bench.restart()
    assert sorted(listed(bench)) == [(1, "555666", True), (1001, "846219", False)], "which are ours stands in the lock"


@pytest.mark.parametrize("code", ["730519", "127345", "73519", "7351964", "73519x"])
def test_what_the_keypad_does_not_take_is_not_sent(bench, code):
    before = bench.state["replayedNonces"], bench.state["codes"]
    with pytest.raises(Refused) as refusal:
        set_code(bench, 1, code)
    assert refusal.value.code == -32602 and code not in str(refusal.value)
    assert (bench.state["replayedNonces"], bench.state["codes"]) == before


def test_a_code_somebody_has_already_and_a_full_keypad_are_failures_and_the_old_code_stays(bench):
    bench.air.do("addCode", code="846219", name="Cleaner")
    assert set_code(bench, 1, "735196") == "set"
    assert set_code(bench, 1, "846219") == "failed"
    assert "in use already" in bench.adapter.logged and "846219" not in bench.adapter.logged
    assert sorted(in_lock(bench)) == ["735196", "846219"]
    bench.air.do("set", loseCodes=True)
    assert set_code(bench, 2, "918273") == "failed"


def test_a_link_that_breaks_while_a_code_is_set_leaves_nobody_knowing(bench):
    bench.air.do("loseLinkAt", step="acted:0041")
    assert set_code(bench, 1, "735196") == "unknown"
    assert listed(bench) == [(1, "735196", True)] and in_lock(bench) == ["735196"]


def told(bench, count):
    until(lambda: len(bench.adapter.observations) >= count, 20, f"{count} observations")
    return bench.adapter.observations


def test_what_happens_at_the_lock_is_told_once_with_who_and_when(bench):
    is_bridge = bench.paired["vendorState"]["generation"] == "upToFour"
    assert set_code(bench, 3, "735196") == "set"
    bench.adapter.ask("lock.drop", lock=LOCK)
    slot = next(entry["slot"] for entry in bench.state["codes"])
    bench.air.do("turn", action="unlock", source="keypad", slot=slot)
    bench.air.do("wait", what="bolt", **{"is": "unlocked"}, seconds=5)
    bench.air.do("set", door="open")
    first = told(bench, 2)
    assert [(each["bolt"], each["door"], each["source"], each.get("actor")) for each in first] == [
        ("unlocked", "closed", "keypad", {"kind": "keypadUser", "ref": "3"}), ("unlocked", "open", "unspecified", None)]
    assert all(each["clock"] == "lock" and each["epoch"] for each in first)
    assert first[0]["logIndex"] + 1 == first[1]["logIndex"]
    if not is_bridge:
        # No beacon tells an app of more for half an hour; but the lock is asked once more before the link is let go.
        bench.air.do("turn", action="lock")
        assert [(each["bolt"], each["door"], each["source"]) for each in told(bench, 3)[2:]] == [("locked", "open", "manual")]
        return
    bench.air.do("set", door="closed")
    bench.air.do("turn", action="lock")
    assert [(each["bolt"], each["door"], each["source"]) for each in told(bench, 4)[2:]] == [
        ("unlocked", "closed", "unspecified"), ("locked", "closed", "manual")]
    bench.adapter.operate("unlock", "one")
    bench.adapter.operate("lock", "two")
    bench.air.do("turn", action="unlock", source="button")
    assert [(each["bolt"], each["source"]) for each in told(bench, 5)[4:]] == [("unlocked", "button")], "ours are not told"


def test_a_link_that_breaks_while_the_log_is_read_tells_nothing_twice_and_the_log_is_taken_up_again():
    with standing(LOCKS[3][0]) as bench:
        bench.adapter.ask("lock.drop", lock=LOCK)
        bench.air.do("loseLinkAt", step="in:0031")
        for number, action in enumerate(("unlock", "lock", "unlock"), 1):
            bench.air.do("turn", action=action)
            seen = told(bench, number)
        assert [(each["bolt"], each.get("logIndex") is not None) for each in seen] == [("unlocked", False), ("locked", False), ("unlocked", True)]


def test_lock_n_go_is_unlocked_and_then_locks_by_itself():
    with standing("front:nuki=3:pin=4711:motor=30:lockNGo=1") as bench:
        bench.adapter.ask("lock.drop", lock=LOCK)
        bench.air.do("lockNGo")
        assert [(each["bolt"], each["source"]) for each in told(bench, 2)] == [("unlocked", "button"), ("locked", "auto")]


def test_a_lock_that_keeps_no_log_is_told_by_its_state():
    with standing("front:nuki=3:pin=4711:motor=30") as bench:
        bench.air.do("set", logs=False)
        bench.adapter.ask("lock.drop", lock=LOCK)
        bench.air.do("turn", action="unlock")
        assert [(each["bolt"], each["source"], each.get("logIndex")) for each in told(bench, 1)] == [("unlocked", "manual", None)]


def test_parting_leaves_nothing_of_ours_in_the_lock(bench):
    bench.air.do("addCode", code="846219", name="Cleaner")
    before = bench.state
    set_code(bench, 1, "735196")
    bench.adapter.ask("lock.configure", lock=LOCK, autoRelock={"armed": True, "seconds": 200})
    bench.adapter.ask("unpair", lock=LOCK)
    after = bench.state
    assert (after["codes"], after["settings"], after["keys"]) == (before["codes"], before["settings"], [])
    with pytest.raises(Refused) as refusal:
        bench.adapter.read()
    assert refusal.value.code == 1001


def test_parting_from_a_lock_out_of_reach_forgets_nothing_and_can_be_tried_again(bench):
    set_code(bench, 1, "735196")
    bench.air.do("loseLinkAt", step="in:0008")
    with pytest.raises(Refused) as refusal:
        bench.adapter.ask("unpair", lock=LOCK)
    assert refusal.value.code == 1000 and len(bench.state["keys"]) == 1
    assert bench.adapter.read()["bolt"] == "locked"
    bench.air.do("loseLinkAt", step="acted:0008")
    with pytest.raises(Refused):
        bench.adapter.ask("unpair", lock=LOCK)
    bench.adapter.ask("unpair", lock=LOCK)
    assert (bench.state["keys"], bench.state["codes"]) == ([], [])


def test_without_its_pin_parting_says_what_to_do():
    with standing(LOCKS[3][0], answers=["0"]) as bench:
        with pytest.raises(Refused) as refusal:
            bench.adapter.ask("unpair", lock=LOCK)
        assert refusal.value.code == 1003 and "Nuki's app" in str(refusal.value) and len(bench.state["keys"]) == 1
        assert bench.adapter.read()["bolt"] == "locked"


def test_it_can_t_show_itself_and_says_so(bench):
    with pytest.raises(Refused) as refusal:
        bench.adapter.ask("identify", lock=LOCK)
    assert refusal.value.code == 1003 and bench.state["drives"] == 0
