"""A Nuki lock's own settings, through our adapter: its PIN, its auto-lock."""

import pytest

from ble import Refused
from nuki_adapter import LOCK, standing

LOCKS = {3: ("front:nuki=3:pin=4711:door:motor=30:latch=30", "4711"), 5: ("front:nuki=5:pin=482913:door:motor=30:latch=30", "482913")}


@pytest.fixture(params=LOCKS, ids=["generation 3", "generation 5"])
def bench(request):
    spec, pin = LOCKS[request.param]
    with standing(spec, answers=[pin]) as bench:
        yield bench


def configure(bench, armed, seconds):
    return bench.adapter.ask("lock.configure", lock=LOCK, autoRelock={"armed": armed, "seconds": seconds})


def test_its_auto_lock_is_set_read_back_and_nothing_else_is_changed(bench):
    before = bytes.fromhex(bench.state["settings"])
    assert bench.adapter.read()["autoRelock"] == {"armed": False, "seconds": 30, "waitsForDoor": True}
    assert configure(bench, True, 120) == {"state": "set", "autoRelock": {"armed": True, "seconds": 120, "waitsForDoor": True}}
    after = bytearray.fromhex(bench.state["settings"])
    assert (after[17:19], after[28]) == (b"\x78\x00", 1)
    after[17:19], after[28] = before[17:19], before[28]
    assert after == before
    assert bench.state["configCount"] == 1
    assert configure(bench, True, 120)["state"] == "set" and bench.state["configCount"] == 1, "what is so already is not written"
    assert bench.adapter.read()["autoRelock"] == {"armed": True, "seconds": 120, "waitsForDoor": True}
    assert (bench.state["wrongPins"], bench.state["replayedNonces"]) == (0, 0)


def test_what_was_changed_in_the_vendor_s_app_is_read(bench):
    configure(bench, True, 120)
    bench.air.do("set", autoLock=False)
    assert bench.adapter.read()["autoRelock"]["armed"] is False


@pytest.mark.parametrize("answers", [("0",), ()], ids=["none", "nobody answers"])
def test_without_a_pin_no_setting_is_touched_and_that_is_said(answers):
    with standing(LOCKS[3][0], answers=answers) as bench:
        assert bench.added["capabilities"].get("autoRelock") is None and "no PIN was given" in bench.adapter.logged
        assert bench.adapter.read().get("autoRelock") is None
        with pytest.raises(Refused) as refusal:
            configure(bench, True, 60)
        assert refusal.value.code == 1003
        assert bench.adapter.operate("unlock", "one")["outcome"] == "done"
        assert (bench.state["wrongPins"], bench.state["configCount"]) == (0, 0)


def test_a_wrong_pin_is_asked_for_again_fewer_times_than_the_lock_forgives():
    with standing(LOCKS[3][0], answers=["1111", "4711"]) as bench:
        assert bench.added["capabilities"]["autoRelock"] and bench.state["wrongPins"] == 1
    with standing(LOCKS[3][0], answers=["1111", "1112", "1113", "1114", "1115"]) as bench:
        assert bench.added["capabilities"].get("autoRelock") is None
        assert bench.state["wrongPins"] == 3 and len(bench.adapter.asked) == 3


def test_a_pin_that_was_changed_is_sent_once_and_never_again(bench):
    bench.air.do("set", pin=1234 if bench.paired["vendorState"]["generation"] == "upToFour" else 123456)
    assert configure(bench, True, 60)["state"] == "failed"
    with pytest.raises(Refused):
        configure(bench, True, 60)
    bench.restart()
    assert bench.added["capabilities"].get("autoRelock") is None
    assert bench.adapter.operate("unlock", "one")["outcome"] == "done"
    assert bench.state["wrongPins"] == 1


def test_the_pin_is_in_no_log_and_no_question_shows_it(bench):
    assert all(prompt["secret"] for prompt in bench.adapter.asked)
    assert not {"4711", "482913"} & set(bench.adapter.logged.split())
