"""The virtual Nuki lock, tried with software that real Nuki locks are opened with: pyNukiBT."""

import asyncio
import contextlib
import datetime
import json
import pathlib
import subprocess
import sys

import pytest
from bleak import BleakScanner
from pyNukiBT import NukiDevice
from pyNukiBT.const import NukiErrorException, NukiLockConst, NukiUltraConst

from radio_bench import RadioBench
from bleak_over_bumble import bumble_host
import nuki_wire as wire

GENERATIONS = {3: ("front:nuki=3:pin=4711:door:motor=40:latch=40", 4711), 5: ("front:nuki=5:pin=482913:door:motor=40:latch=40", 482913)}
both = pytest.mark.parametrize("generation", GENERATIONS)


@contextlib.asynccontextmanager
async def phone(bench, name="test"):
    """pyNukiBT as it is used: the lock is heard, then connected to."""
    async with bumble_host(bench.ready["tcp"]):
        address = bench.ready["locks"]["front"]["address"]
        device = await BleakScanner.find_device_by_address(address, timeout=5)
        secret, public = wire.key_pair()
        nuki = NukiDevice(address, None, None, public, secret, 0x01020304, name, ble_device=device)
        nuki.command_response_timeout, nuki.response_retry, nuki.send_retry = 3, 1, 1
        await nuki.connect()
        try:
            yield nuki
        finally:
            await nuki.disconnect()


@contextlib.asynccontextmanager
async def paired(bench, generation):
    """A client that has paired with the lock, and is linked to it."""
    async with phone(bench) as nuki:
        bench.ask("press", "front")
        await nuki.pair(GENERATIONS[generation][1])
        await nuki.update_state()
        yield nuki


def run(body):
    asyncio.run(asyncio.wait_for(body(), 60))


@contextlib.contextmanager
def standing(generation, more=""):
    with RadioBench(GENERATIONS[generation][0] + more) as bench:
        yield bench
        assert bench.violations == []


async def until(condition, what):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)
    assert condition(), what


@both
def test_pairing_gives_a_key_that_reads_the_state(generation):
    with standing(generation) as bench:

        async def body():
            async with paired(bench, generation) as nuki:
                assert nuki.last_state.lock_state == NukiLockConst.LockState.LOCKED
                assert nuki.last_state.door_sensor_state == "DOOR_CLOSED"
                assert (nuki.battery_percentage, nuki.is_battery_critical) == (86, False)
                assert (nuki.config.name, f"{nuki.config.nuki_id:08X}") == ("front", bench.ask("state", "front")["nukiId"])
                assert nuki.config.device_type == {3: "SMARTLOCK_3_4", 5: "SMARTLOCK_ULTRA"}[generation]
                assert nuki._const is {3: NukiLockConst, 5: NukiUltraConst}[generation]

        run(body)
        state = bench.wait("links", 0)
        assert (len(state["keys"]), state["authorizations"], state["pairingMode"]) == (1, [{"name": "test", "kind": 1 if generation == 3 else 0}], False)


@both
def test_without_its_button_it_does_not_pair(generation):
    with standing(generation) as bench:

        async def body():
            async with phone(bench) as nuki:
                with pytest.raises(NukiErrorException) as refusal:
                    await nuki.pair(GENERATIONS[generation][1])
                assert refusal.value.error_code == NukiLockConst.ErrorCode.P_ERROR_NOT_PAIRING

        run(body)
        assert bench.ask("state", "front")["keys"] == []


def test_the_fifth_generation_pairs_with_its_pin_only():
    with standing(5) as bench:

        async def body():
            async with phone(bench) as nuki:
                bench.ask("press", "front")
                with pytest.raises(NukiErrorException) as refusal:
                    await nuki.pair(482914)
                assert refusal.value.error_code == NukiLockConst.ErrorCode.K_ERROR_BAD_PIN

        run(body)
        state = bench.ask("state", "front")
        assert (state["keys"], state["wrongPins"]) == ([], 1)


@both
def test_it_unlocks_unlatches_and_locks_and_tells_while_it_moves(generation):
    with standing(generation) as bench:

        async def body():
            async with paired(bench, generation) as nuki:
                seen = []
                nuki.subscribe(lambda command: seen.append(nuki.last_state.lock_state) if command == "KEYTURNER_STATES" else None)
                assert (await nuki.lock_action("UNLOCK", wait_for_completed=True)).status == "COMPLETED"
                assert (await nuki.lock_action("UNLATCH", wait_for_completed=True)).status == "COMPLETED"
                assert (await nuki.lock_action("LOCK", wait_for_completed=True)).status == "COMPLETED"
                assert seen == ["UNLOCKING", "UNLOCKED", "UNLATCHING", "UNLATCHED", "UNLOCKED", "LOCKING", "LOCKED"]

        run(body)
        state = bench.ask("state", "front")
        assert (state["bolt"], state["drives"], state["moves"], state["replayedNonces"]) == ("locked", 3, 3, 0)
        lines = [(line["move"], line["phase"]) for line in bench.ask("moves")["moves"]]
        assert lines == [(move, phase) for move in ("unlock", "unlatch", "lock") for phase in ("start", "end")]


@both
def test_its_log_tells_who_acted_and_needs_the_pin(generation):
    with standing(generation) as bench:
        pin = GENERATIONS[generation][1]

        async def body():
            async with paired(bench, generation) as nuki:
                await nuki.lock_action("UNLOCK", wait_for_completed=True)
                bench.ask("set", "front", door="open")
                bench.ask("turn", "front", action="lock", source="keypad", slot=4)
                bench.wait("bolt", "locked", "front")
                assert await nuki.verify_security_pin(pin)
                entries = await nuki.request_log_entries(pin, count=10)
                assert [each.type for each in entries] == ["KEYPAD_ACTION", "DOOR_SENSOR", "LOCK_ACTION"]
                assert (entries[0].data.code_id, entries[1].data.door_status, entries[2].data.lock_action) == (4, 0, "UNLOCK")
                assert (entries[2].name, entries[2].auth_id, entries[2].index) == ("test", nuki._auth_id, 1)

        run(body)


@both
def test_a_code_that_pynukibt_adds_is_the_lock_s_and_opens_it(generation):
    with standing(generation) as bench:
        pin = GENERATIONS[generation][1]

        async def body():
            async with paired(bench, generation) as nuki:
                command = nuki._const.NukiCommand
                challenge = await nuki._send_encrypted_command(
                    command.REQUEST_DATA, {"command": command.CHALLENGE}, expected_response=command.CHALLENGE)
                days = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), 0)
                midnight, day = {"hour": 0, "minute": 0}, datetime.datetime(2026, 1, 1)
                code = {
                    "code": 846219, "name": "Cleaner", "time_limited": 0, "allowed_from_date": day, "allowed_until_date": day, "allowed_weekdays": days,
                    "allowed_from_time": midnight, "allowed_until_time": midnight, "nonce": challenge.nonce, "security_pin": pin,
                }
                await nuki._send_encrypted_command(command.ADD_KEYPAD_CODE, code, expected_response=command.KEYPAD_CODE_ID)
                assert bench.ask("state", "front")["codes"] == [{"slot": 1, "code": "846219"}]
                bench.ask("turn", "front", action="unlock", source="keypad", slot=1)
                bench.wait("bolt", "unlocked", "front")
                entries = await nuki.request_log_entries(pin, count=1)
                assert (entries[0].type, entries[0].data.code_id, entries[0].data.lock_action) == ("KEYPAD_ACTION", 1, "UNLOCK")

        run(body)


@both
def test_lock_n_go_by_its_button_is_told_and_ends_by_itself(generation):
    with standing(generation, ":lockNGo=1") as bench:

        async def body():
            async with paired(bench, generation) as nuki:
                bench.ask("lockNGo", "front")
                bench.wait("bolt", "unlocked", "front")
                await nuki.update_state()
                assert nuki.last_state.lock_state == "UNLOCKED_LOCK_N_GO" and nuki.last_state.lock_n_go_timer <= 1
                bench.wait("bolt", "locked", "front")
                await nuki.update_state()
                assert nuki.last_state.last_lock_action_trigger == "AUTOMATIC"

        run(body)


def test_its_owner_s_auto_lock_is_what_pynukibt_reads_of_its_configuration():
    with standing(3, ":auto=90") as bench:
        known = NukiLockConst.AdvancedConfig.parse(bytes.fromhex(bench.ask("state", "front")["settings"]))
        assert (known.auto_lock_enabled, known.auto_lock_timeout) == (1, 90)


@both
def test_a_wrong_pin_is_told_and_too_many_lock_everybody_out(generation):
    with standing(generation) as bench:
        pin = GENERATIONS[generation][1]

        async def body():
            async with paired(bench, generation) as nuki:
                for _ in range(5):
                    assert not await nuki.verify_security_pin(pin + 1)
                with pytest.raises(NukiErrorException) as refusal:
                    await nuki.verify_security_pin(pin)
                assert refusal.value.error_code == NukiLockConst.ErrorCode.K_ERROR_TOO_MANY_PIN_ATTEMPTS
                bench.ask("set", "front", wrongPins=0)
                assert await nuki.verify_security_pin(pin)
                assert not await nuki.verify_security_pin(0)
                with pytest.raises(NukiErrorException):
                    await nuki.verify_security_pin(pin)

        run(body)


@both
def test_a_jam_and_a_busy_motor_are_told(generation):
    with standing(generation) as bench:

        async def body():
            async with paired(bench, generation) as nuki:
                bench.ask("set", "front", jam=True)
                assert (await nuki.unlock()).status == "ACCEPTED"
                await until(lambda: nuki.last_action_status == NukiLockConst.ErrorCode.K_ERROR_MOTOR_BLOCKED, "the jam was not told")
                assert nuki.last_state.lock_state == NukiLockConst.LockState.MOTOR_BLOCKED
                bench.ask("set", "front", jam=False, busy=True)
                for fault, code in (("busy", "K_ERROR_BUSY"), ("lowVoltage", "K_ERROR_MOTOR_LOW_VOLTAGE"), ("refuse", "K_ERROR_DISABLED")):
                    bench.ask("set", "front", **{"busy": False, "lowVoltage": False, "refuse": False, fault: True})
                    with pytest.raises(NukiErrorException) as refusal:
                        await nuki.lock()
                    assert refusal.value.error_code == code

        run(body)
        state = bench.ask("state", "front")
        assert (state["bolt"], state["jammed"], state["drives"], state["moves"]) == ("notFullyLocked", True, 4, 1)


def test_a_command_that_is_sent_twice_is_refused_for_its_nonce():
    with standing(3) as bench:

        async def body():
            async with paired(bench, 3) as nuki:
                bench.ask("loseLinkAt", "front", step="acted:000D")
                nuki.response_retry, nuki.command_response_timeout = 2, 0.5
                with pytest.raises(NukiErrorException) as refusal:
                    await nuki.unlock()
                assert refusal.value.error_code == NukiLockConst.ErrorCode.K_ERROR_BAD_NONCE

        run(body)
        state = bench.ask("state", "front")
        assert (state["bolt"], state["drives"], state["moves"], state["replayedNonces"]) == ("unlocked", 2, 1, 1)


def test_the_beacon_tells_of_a_change_until_a_bridge_has_read_it():
    with standing(3) as bench:

        async def body():
            async with paired(bench, 3) as nuki:
                bench.wait("stateChanged", False, "front")
                bench.ask("turn", "front", action="unlock")
                bench.wait("stateChanged", True, "front")
                found = asyncio.get_running_loop().create_future()
                async with BleakScanner(lambda _, data: data.manufacturer_data[76][-1] & 1 and not found.done() and found.set_result(data)):
                    data = await asyncio.wait_for(found, 5)
                state = bench.ask("state", "front")
                assert data.manufacturer_data[76].hex() == f"0215a92ee200550111e4916c0800200c9a66{state['nukiId'].lower()}c9"
                assert data.local_name in (None, "Nuki_" + state["nukiId"])
                await nuki.update_state()
                assert nuki.last_state.lock_state == NukiLockConst.LockState.UNLOCKED
                bench.wait("stateChanged", False, "front")

        run(body)


class StandIn:
    """The stand-in as the conformance kit starts it: with hardly an environment."""

    def __init__(self, folder, *arguments):
        program = pathlib.Path(__file__).parents[2] / "adapters" / "nuki" / "stand_in"
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "LOCKBRIDGE_PYTHON": sys.executable}
        self.process = subprocess.Popen(
            [program, *arguments, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=program.parent, text=True)
        self.ready = json.loads(self.process.stdout.readline())

    def ask(self, do, **members):
        self.process.stdin.write(json.dumps({"do": do, **members}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@both
def test_the_stand_in_shows_the_kit_what_a_client_does_to_its_lock(generation, tmp_path):
    device = StandIn(tmp_path, "--generation", str(generation))
    assert device.ready["ready"] and device.ready["pair"] and device.ready["vendorState"] is None

    async def body():
        async with bumble_host(device.ready["radio"].removeprefix("tcp:")):
            found = await BleakScanner.find_device_by_filter(lambda _, data: data.service_data, timeout=5)
            secret, public = wire.key_pair()
            nuki = NukiDevice(found.address, None, None, public, secret, 7, "kit", ble_device=found)
            await nuki.connect()
            assert device.ask("press")["links"] == 1
            await nuki.pair(int(device.ready["pin"]))
            await nuki.update_state()
            await nuki.lock_action("UNLOCK", wait_for_completed=True)
            state = device.ask("state")
            assert (state["bolt"], state["drives"], state["moves"], state["motorRunning"], state["links"]) == ("unlocked", 1, 1, False, 1)
            assert (len(state["keys"]), state["logHead"], state["codes"]) == (1, 1, [])
            assert not device.ask("set", mask=True)["ok"] and not device.ask("dance")["ok"]
            assert device.ask("set", stall=True)["ok"]
            await nuki.lock()
            await until(lambda: device.ask("state")["motorRunning"], "the motor does not run")
            assert device.ask("set", stall=False)["ok"]
            await until(lambda: device.ask("state")["bolt"] == "locked", "the motor does not stop")
            device.ask("turn", action="unlock", source="keypad", slot=4)
            await until(lambda: device.ask("state")["logHead"] == 3, "the keypad is not in the log")
            device.ask("hangup")
            await until(lambda: device.ask("state")["links"] == 0, "the link stands")

    try:
        run(body)
    finally:
        device.process.stdin.close()
        assert device.process.wait(5) == 0
