"""The virtual Nuki lock, command by command and fault by fault, with a client of our own."""

import asyncio
import struct

import pytest
from bleak import BleakClient, BleakScanner
from pyNukiBT.const import NukiLockConst

from nuki_client import NukiClient, Refused, with_lock
import nuki_wire as wire
from nuki_words import GENERAL, USER_SPECIFIC, Action, Command, State

PIN = 4711


async def sees(bench, what, value, seconds=5):
    return await asyncio.to_thread(bench.wait, what, value, "front", seconds)


def test_the_settings_are_read_set_and_read_back():
    async def body(client, bench):
        _, config = await client.ask(Command.REQUEST_CONFIG)
        assert f"{int.from_bytes(config[:4], 'little'):08X}" == bench.ask("state", "front")["nukiId"]
        _, advanced = await client.ask(Command.REQUEST_ADVANCED_CONFIG)
        known = NukiLockConst.AdvancedConfig.parse(advanced)
        assert (known.auto_lock_timeout, known.auto_lock_enabled, known.unlatch_duration, known.lock_n_go_timeout) == (30, 0, 3, 20)
        changed = bytearray(advanced[2:])
        changed[15:17], changed[26] = struct.pack("<H", 1), 1
        before = (await client.states())[13]
        assert await client.ask(Command.SET_ADVANCED_CONFIG, bytes(changed), PIN) == (Command.STATUS, b"\0")
        _, advanced = await client.ask(Command.REQUEST_ADVANCED_CONFIG)
        known = NukiLockConst.AdvancedConfig.parse(advanced)
        assert (advanced[2:], known.auto_lock_timeout, known.auto_lock_enabled) == (changed, 1, 1)
        assert (await client.states())[13] == before + 1
        assert bench.ask("state", "front")["autoRelock"] == {"armed": True, "seconds": 1, "waitsForDoor": True}

    with_lock(body)


def test_its_auto_lock_comes_after_its_seconds_and_waits_for_the_door():
    async def body(client, bench):
        advanced = bytearray((await client.ask(Command.REQUEST_ADVANCED_CONFIG))[1][2:])
        advanced[15:17], advanced[26] = struct.pack("<H", 1), 1
        await client.ask(Command.SET_ADVANCED_CONFIG, bytes(advanced), PIN)
        assert await client.drive(Action.UNLOCK) == ([State.UNLOCKING, State.UNLOCKED], 0)
        await sees(bench, "bolt", "locked")
        assert (await client.states())[16] == 6
        await client.drive(Action.UNLOCK)
        bench.ask("set", "front", door="open")
        with pytest.raises(AssertionError, match="unlocked"):
            await sees(bench, "bolt", "locked", 1.3)
        bench.ask("set", "front", door="closed")
        await sees(bench, "bolt", "locked")
        bench.ask("set", "front", ignoreRelock=True)
        await client.drive(Action.UNLOCK)
        with pytest.raises(AssertionError, match="unlocked"):
            await sees(bench, "bolt", "locked", 1.3)

    assert with_lock(body)["moves"] == 5


def test_its_battery_is_told_and_low_voltage_keeps_the_motor_still():
    async def body(client, bench):
        bench.ask("set", "front", battery=64)
        await client.send(Command.REQUEST_DATA, struct.pack("<H", Command.BATTERY_REPORT))
        command, report = await client.answer()
        known = NukiLockConst.BatteryReport.parse(report)
        assert (command, known.battery_voltage, known.critical_battery_state, known.start_temperature) == (Command.BATTERY_REPORT, 5200, 128, 21)
        bench.ask("set", "front", lowVoltage=True)
        with pytest.raises(Refused) as refusal:
            await client.drive(Action.UNLOCK)
        assert refusal.value.args == (0x49, Command.LOCK_ACTION)
        states = await client.states()
        assert (states[12] & 1, states[17]) == (1, 5)

    state = with_lock(body)
    assert (state["drives"], state["moves"]) == (1, 0)


def test_lock_n_go_unlocks_and_locks_again():
    async def body(client, bench):
        advanced = bytearray((await client.ask(Command.REQUEST_ADVANCED_CONFIG))[1][2:])
        advanced[8] = 1
        await client.ask(Command.SET_ADVANCED_CONFIG, bytes(advanced), PIN)
        assert await client.drive(Action.LOCK_N_GO) == ([State.UNLOCKING, State.LOCK_N_GO], 0)
        await sees(bench, "bolt", "locked")
        assert await client.drive(Action.LOCK_N_GO_UNLATCH) == ([State.UNLATCHING, State.UNLATCHED, State.LOCK_N_GO], 0)

    assert with_lock(body)["drives"] == 2


def test_codes_of_the_keypad_are_added_listed_and_removed():
    def code(number):
        return struct.pack("<I", number) + b"guest".ljust(20, b"\0") + bytes(20)

    async def body(client, bench):
        command, answer = await client.ask(Command.ADD_CODE, code(735194), PIN)
        assert (command, answer[:2]) == (Command.CODE_ID, b"\1\0")
        for wrong, error in ((735194, 0x2A), (120345, 0x23), (730519, 0x23), (73519, 0x23)):
            with pytest.raises(Refused) as refusal:
                await client.ask(Command.ADD_CODE, code(wrong), PIN)
            assert refusal.value.args == (error, Command.ADD_CODE)
        bench.ask("set", "front", loseCodes=True)
        assert (await client.ask(Command.ADD_CODE, code(846219), PIN))[1][:2] == b"\2\0"
        assert await client.ask(Command.REQUEST_CODES, struct.pack("<HH", 0, 100), PIN) == (Command.CODE_COUNT, b"\1\0")
        command, entry = await client.answer()
        known = NukiLockConst.KeypadCodeEntry.parse(entry)
        assert (command, known.code_id, known.code, known.name, known.enabled, known.time_limited) == (Command.CODE, 1, 735194, "guest", 1, 0)
        assert bench.ask("state", "front")["codes"] == [{"slot": 1, "code": "735194"}]
        assert await client.ask(Command.REMOVE_CODE, b"\1\0", PIN) == (Command.STATUS, b"\0")
        with pytest.raises(Refused):
            await client.ask(Command.REMOVE_CODE, b"\1\0", PIN)

    assert with_lock(body)["codes"] == []


def test_a_challenge_is_good_once_and_only_while_it_is_the_last():
    async def body(client, bench):
        nonce = await client.challenge()
        await client.send(Command.REQUEST_CONFIG, nonce)
        await client.answer()
        for stale in (nonce, bytes(32)):
            await client.send(Command.LOCK_ACTION, struct.pack("<BIB", 1, 7, 0) + stale)
            with pytest.raises(Refused) as refusal:
                await client.answer()
            assert refusal.value.args == (0x22, Command.LOCK_ACTION)

    state = with_lock(body)
    assert (state["replayedNonces"], state["drives"], state["moves"]) == (1, 2, 0)


def test_whom_it_does_not_know_and_what_no_key_opens_is_answered_in_plain():
    async def body(client, bench):
        for message in (wire.seal(client.key, b"\x77\0\0\0", 1, b"\4\0"), wire.seal(bytes(32), client.identifier, 1, b"\4\0")):
            await client.link.write_gatt_char(USER_SPECIFIC, message, response=True)
            assert wire.unframe(await client.next(GENERAL)) == (Command.ERROR, b"\x20\0\0")
        await client.link.write_gatt_char(USER_SPECIFIC, bytes(31), response=True)
        assert wire.unframe(await client.next(GENERAL)) == (Command.ERROR, b"\xfe\0\0")
        assert await client.ask(Command.REMOVE_AUTHORIZATION, client.identifier, PIN) == (Command.STATUS, b"\0")
        await client.send(Command.REQUEST_DATA, b"\4\0")
        assert wire.unframe(await client.next(GENERAL)) == (Command.ERROR, b"\x20\0\0")
        bench.ask("press", "front")
        await client.pair()
        bench.ask("loseAuthorizations", "front")
        await client.send(Command.REQUEST_DATA, b"\4\0")
        assert wire.unframe(await client.next(GENERAL)) == (Command.ERROR, b"\x20\0\0")

    assert with_lock(body)["keys"] == []


@pytest.mark.parametrize("spec, longest", [("mtu=23", 20), ("mtu=247", 244)], ids=["MTU 23", "whole"])
def test_what_it_indicates_comes_in_pieces_that_fit(spec, longest):
    async def body(client, bench):
        await client.ask(Command.REQUEST_CONFIG)
        assert max(client.pieces) <= longest and (max(client.pieces) == 20) == (longest == 20)
        bench.ask("set", "front", split=True)
        client.pieces.clear()
        await client.ask(Command.REQUEST_CONFIG)
        assert max(client.pieces) == 20

    with_lock(body, "front:nuki=3:pin=4711:motor=0:" + spec)


def test_it_answers_with_another_id_loses_the_end_or_says_nothing_when_told_to():
    async def body(client, bench):
        bench.ask("set", "front", foreignId=True)
        await client.send(Command.REQUEST_DATA, b"\4\0")
        message = await client.next()
        assert wire.addressee(message) == wire.unseal(client.key, message)[0] != client.identifier
        bench.ask("set", "front", foreignId=False, loseComplete=True)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.6):
                await client.drive(Action.UNLOCK)
        bench.ask("set", "front", loseComplete=False, quiet=True)
        await client.send(Command.REQUEST_DATA, b"\4\0")
        with pytest.raises(TimeoutError):
            await client.next(seconds=0.2)

    state = with_lock(body)
    assert (state["bolt"], state["drives"]) == ("unlocked", 1)


@pytest.mark.parametrize("step, moves", [("in:000D", 0), ("acted:000D", 1), ("out:000E", 1)])
def test_a_link_breaks_at_the_step_it_is_told_and_subscriptions_are_forgotten(step, moves):
    async def body(client, bench):
        bench.ask("loseLinkAt", "front", step=step)
        nonce = await client.challenge()
        with pytest.raises(TimeoutError):
            await client.send(Command.LOCK_ACTION, struct.pack("<BIB", 1, 7, 0) + nonce)
            await client.next(seconds=0.3)
        await sees(bench, "links", 0)
        async with BleakClient(client.link.address, timeout=5) as link:
            again = NukiClient(link, 3, PIN)
            again.key, again.identifier = client.key, client.identifier
            await again.send(Command.REQUEST_DATA, b"\4\0")
            with pytest.raises(TimeoutError):
                await again.next(seconds=0.2)
            await again.subscribe()
            assert (await again.states())[1] == (State.UNLOCKED if moves else State.LOCKED)

    assert with_lock(body)["moves"] == moves


def test_only_who_acted_on_this_link_is_told_while_it_moves():
    async def body(client, bench):
        await client.drive(Action.UNLOCK)
        bench.ask("turn", "front", action="lock", source="button")
        await sees(bench, "bolt", "locked")
        with pytest.raises(TimeoutError):
            await client.next(seconds=0.2)
        states = await client.states()
        assert (states[1], states[16]) == (State.LOCKED, 2)

    with_lock(body)


def test_in_pairing_mode_it_advertises_that_and_no_beacon():
    async def body(client, bench):
        await client.link.disconnect()
        bench.ask("press", "front")
        state = bench.ask("state", "front")
        found = asyncio.get_running_loop().create_future()
        async with BleakScanner(lambda _, data: data.service_data and not found.done() and found.set_result(data)):
            data = await asyncio.wait_for(found, 5)
        assert data.service_data == {"a92ee100-5501-11e4-916c-0800200c9a66": bytes.fromhex(state["nukiId"])}
        assert data.manufacturer_data == {}

    with_lock(body)
