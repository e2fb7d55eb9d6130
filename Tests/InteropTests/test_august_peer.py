"""The virtual August lock, tried with software that real August and Yale locks are opened with: yalexs-ble."""

import asyncio
import contextlib

import pytest
from bleak import BleakClient, BleakError, BleakScanner
from yalexs_ble import AutoLockMode, LockStatus, session
from yalexs_ble.const import DoorStatus, LockActivity, LockOperationSource, OperationError
from yalexs_ble.lock import Lock
from yalexs_ble.session import AuthError, DisconnectedError, KeycodeError, OperationFailedError, OperationIncompleteError

from radio_bench import RadioBench
from bleak_over_bumble import bumble_host
import august_wire as wire
from august_words import SERVICE

KEY = "000102030405060708090a0b0c0d0e0f"
SPEC = f"front:august:key=4/{KEY}:door:motor=40"


@pytest.fixture(autouse=True)
def brief(monkeypatch):
    """The client waits for an answer no longer than a test should."""
    monkeypatch.setattr(session, "RESPONSE_TIMEOUT", 2)


def with_lock(body, spec=SPEC, key=KEY, slot=4, links=True):
    """Runs `body(lock, bench, states)` and gives the lock's state afterwards."""
    with RadioBench(spec) as bench:

        async def run():
            async with bumble_host(bench.ready["tcp"]):
                device = await BleakScanner.find_device_by_address(bench.ready["locks"]["front"]["address"], timeout=5)
                states = []
                lock = Lock(lambda: device, key, slot, "front", lambda news: states.extend(news))
                if links:
                    await lock.connect(max_attempts=1)
                try:
                    await body(lock, bench, states)
                finally:
                    with contextlib.suppress(BleakError):
                        await lock.disconnect()

        asyncio.run(asyncio.wait_for(run(), 60))
        return bench.ask("state", "front")


async def until(condition, what):
    async with asyncio.timeout(8):
        while not condition():
            await asyncio.sleep(0.005)
    assert condition(), what


def test_the_handshake_gives_a_session_that_reads_lock_door_and_battery():
    async def body(lock, bench, states):
        assert await lock.lock_status() == LockStatus.LOCKED
        assert await lock.door_status() == DoorStatus.CLOSED
        battery = await lock.battery()
        assert (battery.voltage, battery.percentage) == (6.0, 93)
        info = await lock.lock_info()
        assert (info.model, info.serial, info.firmware) == ("ASL-03", bench.ask("state", "front")["serial"], "2.2.24")

    state = with_lock(body)
    assert (state["wrongKeys"], state["noise"], state["hurried"], state["manufacturerReads"]) == (0, 0, 0, 0)


def test_it_unlocks_locks_and_goes_into_secure_mode_and_tells_while_it_moves():
    async def body(lock, bench, states):
        await lock.force_unlock()
        await lock.force_lock()
        await lock.force_securemode()
        told = [each for each in states if isinstance(each, LockStatus)]
        assert told == [
            LockStatus.UNLOCKING, LockStatus.UNLOCKED, LockStatus.LOCKING, LockStatus.LOCKED, LockStatus.LOCKING, LockStatus.SECUREMODE]
        lines = [(line["move"], line["phase"]) for line in bench.ask("moves")["moves"]]
        assert lines == [(move, phase) for move in ("unlock", "lock", "lock") for phase in ("start", "end")]

    state = with_lock(body)
    assert (state["bolt"], state["state"], state["drives"], state["moves"], state["hurried"]) == ("locked", "SECURE", 3, 3, 0)


def test_it_pulls_its_latch_and_lets_it_go():
    async def body(lock, bench, states):
        await lock.force_unlatch()
        await until(lambda: states[-1:] == [DoorStatus.CLOSED] and states[-2] == LockStatus.UNLOCKED, "the latch is not back")
        assert [each for each in states if isinstance(each, LockStatus)] == [
            LockStatus.UNLATCHING, LockStatus.UNLATCHED, LockStatus.UNLOCKED]

    assert with_lock(body)["moves"] == 1


@pytest.mark.parametrize("drops", [False, True], ids=["refused", "link dropped"])
@pytest.mark.parametrize("key, slot", [("ff" * 16, 4), (KEY, 5)], ids=["wrong key", "wrong slot"])
def test_a_wrong_key_or_slot_is_refused(key, slot, drops):
    async def body(lock, bench, states):
        bench.ask("set", "front", dropsOnWrongKey=drops)
        with pytest.raises((AuthError, DisconnectedError, BleakError)):
            await lock.connect(max_attempts=1)

    assert with_lock(body, key=key, slot=slot, links=False)["wrongKeys"] == 1


def test_a_key_that_was_rotated_is_good_no_more_and_the_new_one_is():
    async def body(lock, bench, states):
        bench.ask("rotateKey", "front", slot=4, key="aa" * 16)
        with pytest.raises((AuthError, BleakError)):
            await lock.connect(max_attempts=1)
        await lock.client.disconnect()
        bench.wait("links", 0, "front")
        fresh = Lock(lock.ble_device_callback, "aa" * 16, 4, "front", states.extend)
        await fresh.connect(max_attempts=1)
        assert await fresh.lock_status() == LockStatus.LOCKED
        await fresh.disconnect()

    assert with_lock(body, links=False)["wrongKeys"] == 1


def test_a_jam_a_low_battery_a_busy_lock_and_a_refusal_are_told_as_results():
    async def body(lock, bench, states):
        bench.ask("set", "front", jam=True)
        with pytest.raises(OperationFailedError) as failure:
            await lock.force_unlock()
        assert failure.value.error == OperationError.MECH_POSITION
        assert await lock.lock_status() == LockStatus.JAMMED
        for fault, value, error in (("battery", 4000, "VBAT_LOW"), ("busy", True, "BUSY"), ("refuse", True, "NOT_AUTHORIZED")):
            bench.ask("set", "front", **{"jam": False, "battery": 6000, "busy": False, fault: value})
            with pytest.raises(OperationFailedError) as failure:
                await lock.force_lock()
            assert failure.value.error == OperationError[error]

    state = with_lock(body)
    assert (state["drives"], state["moves"], state["jammed"]) == (4, 1, True)


def test_a_result_without_its_acknowledgement_is_one_and_an_acknowledgement_is_none():
    async def body(lock, bench, states):
        bench.ask("set", "front", loseAcks=True)
        await lock.force_unlock()
        bench.ask("set", "front", loseAcks=False)
        bench.ask("loseLinkAt", "front", step="acked:0B")
        with pytest.raises(OperationIncompleteError):
            await lock.force_lock()
        bench.wait("bolt", "locked", "front")

    assert with_lock(body)["drives"] == 2


def test_damaged_and_short_answers_are_seen_and_what_is_sent_twice_is_noise():
    async def body(lock, bench, states):
        for number, fault in enumerate(("damage", "truncate"), 1):
            bench.ask("set", "front", **{fault: 1})
            task = asyncio.get_running_loop().create_task(lock.lock_status())
            # The client writes the same ciphered bytes again, which are noise in the stream.
            await until(lambda: bench.ask("state", "front")["noise"] == number, "nothing was sent again")
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
            await lock.client.disconnect()
            bench.wait("links", 0, "front")
            lock._disconnected = False
            await lock.connect(max_attempts=1)
            assert await lock.lock_status() == LockStatus.LOCKED

    assert with_lock(body)["noise"] == 2


@pytest.mark.parametrize("step", ["key:01", "key:03", "in:02", "result:02"])
def test_the_link_can_break_at_each_step(step):
    async def body(lock, bench, states):
        bench.ask("loseLinkAt", "front", step=step)
        with pytest.raises((DisconnectedError, BleakError, AuthError)):
            await lock.connect(max_attempts=1)
            await lock.lock_status()

    with_lock(body, links=False)


def test_a_hurried_lock_falls_silent_until_its_battery_is_pulled():
    async def body(lock, bench, states):
        bench.ask("set", "front", fragile=True)
        await lock.lock_status()
        lock.session._enable_cooldown = False
        with pytest.raises((DisconnectedError, BleakError)):
            await lock.lock_status()
        assert await BleakScanner.find_device_by_address(lock.client.address, timeout=0.5) is None
        bench.ask("pullBattery", "front")
        assert await BleakScanner.find_device_by_address(lock.client.address, timeout=5)

    state = with_lock(body)
    assert (state["hurried"], state["crashes"]) == (1, 1)


def test_a_state_may_be_stale_for_a_while_after_the_motor():
    async def body(lock, bench, states):
        bench.ask("set", "front", staleMilliseconds=900)
        await lock.force_unlock()
        assert await lock.lock_status() == LockStatus.LOCKED
        await asyncio.sleep(0.9)
        assert await lock.lock_status() == LockStatus.UNLOCKED

    with_lock(body)


def test_its_auto_lock_is_set_read_back_and_locks():
    async def body(lock, bench, states):
        await lock.set_auto_lock(AutoLockMode.TIMER, 1)
        await lock.auto_lock_status()
        await until(lambda: states and getattr(states[-1], "duration", 0) == 1, "the setting was not told")
        assert states[-1].mode == AutoLockMode.TIMER
        await lock.force_unlock()
        await until(lambda: states[-2:-1] == [LockStatus.LOCKED], "it did not lock itself")
        records = [record async for record in lock.drain_lock_activity()]
        assert [record.source for record in records] == [LockOperationSource.REMOTE, LockOperationSource.AUTO_LOCK]

    assert with_lock(body)["autoRelock"] == {"armed": True, "seconds": 1, "waitsForDoor": True}


def test_its_activity_tells_who_acted_and_is_read_once():
    async def body(lock, bench, states):
        bench.ask("turn", "front", action="unlock")
        bench.ask("set", "front", door="open")
        bench.ask("set", "front", door="closed")
        bench.ask("turn", "front", action="lock", source="keypad", slot=7)
        bench.wait("bolt", "locked", "front")
        bench.ask("turn", "front", action="unlock", source="keypad", slot=300)
        bench.wait("bolt", "unlocked", "front")
        records = [record async for record in lock.drain_lock_activity()]
        assert [(each.source, each.slot) for each in records if isinstance(each, LockActivity)] == [
            (LockOperationSource.MANUAL, None), (LockOperationSource.PIN, 7), (LockOperationSource.PIN, 300)]
        assert [each.status for each in records] == [
            LockStatus.UNLOCKED, DoorStatus.OPENED, DoorStatus.CLOSED, LockStatus.LOCKED, LockStatus.UNLOCKED]
        assert [record async for record in lock.drain_lock_activity()] == []

    with_lock(body)


def test_codes_are_set_listed_and_cleared():
    async def body(lock, bench, states):
        await lock.set_keycode(3, "481516")
        assert (await lock.get_keycode(3), await lock.get_keycode(4)) == ("481516", None)
        with pytest.raises(KeycodeError) as error:
            await lock.set_keycode(4, "481516")
        assert error.value.error == OperationError.KEYCODE_EXISTING_KEY
        await lock.clear_keycode(3)
        bench.ask("set", "front", loseCodes=True)
        await lock.set_keycode(3, "481516")
        assert await lock.get_keycode(3) is None

    assert with_lock(body)["codes"] == []


def test_an_idle_link_is_dropped():
    async def body(lock, bench, states):
        bench.ask("set", "front", idleMilliseconds=200)
        await lock.lock_status()
        bench.wait("links", 0, "front")

    with_lock(body)


@pytest.mark.parametrize("homekit, company", [("", 465), (":homekit", 76), (":homekit=encrypted", 76)])
def test_its_advertisement_changes_when_its_state_does(homekit, company):
    async def body(lock, bench, states):
        heard, names = [], set()

        def found(device, data):
            names.add(data.local_name)
            if SERVICE.lower() in "".join(data.service_uuids):
                heard.append(data.manufacturer_data[company])

        async with BleakScanner(found):
            await until(lambda: heard, "nothing was heard")
            before = heard[-1]
            bench.ask("turn", "front", action="unlock")
            await until(lambda: heard[-1] != before, "it does not tell of the change")
        state = bench.ask("state", "front")
        assert {state["localName"]} == names - {None} and state["localName"] == state["serial"][:2] + state["serial"][-5:]
        if homekit == ":homekit":
            assert [int.from_bytes(each[11:13], "little") for each in (before, heard[-1])] == [1, 2]

    with_lock(body, spec=SPEC + homekit, links=False)


def test_a_reading_of_the_maker_s_name_spoils_the_link():
    async def body(lock, bench, states):
        client = BleakClient(bench.ready["locks"]["front"]["address"])
        await client.connect()
        with contextlib.suppress(BleakError):
            await client.read_gatt_char("00002a29-0000-1000-8000-00805f9b34fb")
        bench.wait("links", 0, "front")

    assert with_lock(body, links=False)["manufacturerReads"] == 1


@pytest.mark.parametrize("frame", [
    "bb02003c0200000003000000000000000200", "bb02003a0200000005000000000000000200", "bb02003a0200000007000000000000000000",
    "bb0200122e00000001000000000000000200", "bb0200a50f00000079140000000000000200", "aa0b00490000000000000000000000000200",
    "bb0b003a0000000000000000000000000000", "bb0a003b0000000000000000000000000000", "bb0b001b00000000000000000000001f0000",
    "bb0a001c00000000000000000000001f0000", "aa0400282800000000000000000000000200", "bb0400fb2800000008070807000000000000",
    "bb0400192800000000000000000000000000", "aa030075280000005a005a00000000000200", "bb030066280000005a005a00000000000000",
])
def test_its_frames_are_the_captured_ones(frame):
    data = bytes.fromhex(frame)
    wire.check(data)
    assert wire.message(data[0], data[1], {4: data[4:16]}, data[16]) == data
