"""The virtual radio itself, tried with a host that is not ours: Bumble's, and raw HCI."""

import asyncio
import contextlib
import socket
import time

import pytest
from bumble import hci
from bumble.core import UUID, ProtocolError
from bumble.device import Device, DeviceConfiguration, Peer
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport import open_transport

from radio_bench import RadioBench
from peripheral import Passkey

SERVICE = "4c420001-9e1a-4f5c-8d27-1b0a6e5f7c30"
STATE = "4c420002-9e1a-4f5c-8d27-1b0a6e5f7c30"
COMMAND = "4c420003-9e1a-4f5c-8d27-1b0a6e5f7c30"
UNLOCKED = 1


class Central:
    """Bumble as the host: one link to one lock."""

    def __init__(self, device):
        self.device = device
        self.heard = asyncio.Queue()

    async def connect(self, lock):
        address = hci.Address(lock["address"], hci.AddressType.PUBLIC_DEVICE if lock["type"] == "public" else hci.AddressType.RANDOM_DEVICE)
        self.connection = await self.device.connect(address, timeout=5)
        self.peer = Peer(self.connection)

    async def discover(self):
        await self.peer.request_mtu(247)
        await self.peer.discover_services()
        for service in self.peer.services:
            await service.discover_characteristics()
        self.state, self.command = (self.peer.get_characteristics_by_uuid(UUID(each))[0] for each in (STATE, COMMAND))

    async def operate(self, action, number):
        """Commands the lock and waits for the notification that says the motor has stopped."""
        await self.command.write_value(bytes([action, number]), with_response=True)
        while True:
            value = await asyncio.wait_for(self.heard.get(), 5)
            if not value[2] & 2:
                return value


@contextlib.asynccontextmanager
async def central(bench, capability=PairingDelegate.NO_OUTPUT_NO_INPUT, answer=None):
    """A Bumble host on the bench's controller."""

    class Delegate(PairingDelegate):
        async def get_number(self):
            return answer()

        async def compare_numbers(self, number, digits):
            return answer(number)

    async with await open_transport(f"tcp-client:{bench.ready['tcp']}") as transport:
        configuration = DeviceConfiguration(name="central", address=hci.Address("F1:F2:F3:F4:F5:F6"), irk=bytes(range(16)))
        device = Device.from_config_with_hci(configuration, transport.source, transport.sink)
        device.pairing_config_factory = lambda _: PairingConfig(delegate=Delegate(capability))
        await device.power_on()
        yield Central(device)


def run(body):
    asyncio.run(asyncio.wait_for(body, 60))


def test_a_host_finds_and_opens_the_plain_lock():
    with RadioBench("front:door:motor=20") as bench:

        async def body():
            async with central(bench) as host:
                found = asyncio.get_running_loop().create_future()
                host.device.on("advertisement", lambda advert: found.done() or found.set_result(advert))
                await host.device.start_scanning()
                assert str((await asyncio.wait_for(found, 5)).address).startswith(bench.ready["locks"]["front"]["address"])
                await host.device.stop_scanning()
                await host.connect(bench.ready["locks"]["front"])
                await host.discover()
                await host.state.subscribe(host.heard.put_nowait)
                value = await host.operate(2, 7)
                assert (value[0], value[6]) == (UNLOCKED, 7)
                await host.connection.disconnect()

        run(body())
        state = bench.wait("links", 0)
        assert (state["bolt"], state["moves"]) == ("unlocked", 1)
        assert [line["phase"] for line in bench.ask("moves")["moves"]] == ["start", "end"]
        assert bench.violations == []


@pytest.mark.parametrize("model, capability", [
    ("justWorks", PairingDelegate.NO_OUTPUT_NO_INPUT),
    ("numeric", PairingDelegate.DISPLAY_OUTPUT_AND_YES_NO_INPUT),
    ("passkey=000000", PairingDelegate.KEYBOARD_INPUT_ONLY),
    ("passkey=481516", PairingDelegate.KEYBOARD_INPUT_ONLY),
], ids=["justWorks", "numeric", "passkey 000000", "passkey 481516"])
def test_a_lock_that_demands_encryption_opens_after_pairing_only(model, capability):
    with RadioBench(f"front:motor=0:encrypted:{model}") as bench:

        async def body():
            async with central(bench, capability, lambda *number: True if number else Passkey(model.partition("=")[2])) as host:
                await host.connect(bench.ready["locks"]["front"])
                await host.discover()
                with pytest.raises(ProtocolError):
                    await host.command.write_value(b"\x02\x01", with_response=True)
                await host.connection.pair()
                await host.state.subscribe(host.heard.put_nowait)
                assert (await host.operate(2, 9))[0] == UNLOCKED

        run(body())
        state = bench.ask("state", "front")
        assert (state["bolt"], state["bonds"], state["moves"]) == ("unlocked", 1, 1)


def test_a_second_client_is_turned_away():
    with RadioBench("front") as bench, socket.create_connection((bench.host, bench.port)):
        bench.wait("clients", 1)
        with socket.create_connection((bench.host, bench.port)) as second:
            assert second.recv(1) == b""
        assert bench.wait("refused", 1)["clients"] == 1


class RawHost:
    """HCI by hand, for what no decent host does."""

    def __init__(self, bench):
        self.socket = socket.create_connection((bench.host, bench.port))
        self.socket.settimeout(5)
        self.buffer = b""

    def send(self, opcode, parameters=b""):
        self.socket.sendall(b"\x01" + opcode.to_bytes(2, "little") + bytes([len(parameters)]) + parameters)

    def packet(self):
        """The next packet; events as (code, parameters), data as (None, packet)."""
        while True:
            if len(self.buffer) >= 3 and self.buffer[0] == 4 and len(self.buffer) >= 3 + self.buffer[2]:
                length = 3 + self.buffer[2]
            elif len(self.buffer) >= 5 and self.buffer[0] == 2 and len(self.buffer) >= 5 + int.from_bytes(self.buffer[3:5], "little"):
                length = 5 + int.from_bytes(self.buffer[3:5], "little")
            else:
                data = self.socket.recv(4096)
                assert data, "the controller hung up"
                self.buffer += data
                continue
            packet, self.buffer = self.buffer[:length], self.buffer[length:]
            return (packet[1], packet[3:]) if packet[0] == 4 else (None, packet)

    def command(self, opcode, parameters=b""):
        """The status of a command, by Command Complete or Command Status."""
        self.send(opcode, parameters)
        while True:
            code, event = self.packet()
            if code == 0x0E and event[1:3] == opcode.to_bytes(2, "little"):
                return event[3]
            if code == 0x0F and event[2:4] == opcode.to_bytes(2, "little"):
                return event[0]

    def event(self, code, subevent=None):
        """The next event of a kind; others are passed over."""
        while True:
            got, event = self.packet()
            if got == code and (subevent is None or event[0] == subevent):
                return event

    def start(self):
        for opcode, parameters in ((0x0C03, b""), (0x0C01, b"\xff" * 7 + b"\x3f"), (0x2001, b"\xff" * 8), (0x2005, b"\x01\x02\x03\x04\x05\xc6")):
            assert self.command(opcode, parameters) == 0
        return self

    def create(self, address, timeout=10):
        peer = bytes.fromhex(address.replace(":", ""))[::-1]
        return self.command(
            0x200D, b"\x10\0\x10\0\0\x01" + peer + b"\x01\x06\0\x06\0\0\0" + timeout.to_bytes(2, "little") + b"\0\0\0\0"
        )

    def connect(self, address, timeout=10):
        assert self.create(address, timeout) == 0
        event = self.event(0x3E, 0x0A)
        assert event[1] == 0
        return int.from_bytes(event[2:4], "little")


@pytest.fixture
def bench():
    with RadioBench("front:motor=0") as bench:
        yield bench


def test_a_cancelled_connection_attempt_ends_with_its_event(bench):
    host = RawHost(bench).start()
    assert host.create("C0:00:00:00:00:99") == 0
    assert host.create("C0:00:00:00:00:98") == 0x0C
    assert host.command(0x200E) == 0
    assert host.event(0x3E, 0x0A)[1] == 0x02
    assert host.command(0x200E) == 0x0C
    host.connect(bench.ready["locks"]["front"]["address"])


def test_a_local_disconnect_says_so_and_an_unknown_handle_is_refused(bench):
    host = RawHost(bench).start()
    handle = host.connect(bench.ready["locks"]["front"]["address"])
    assert host.command(0x0406, handle.to_bytes(2, "little") + b"\x13") == 0
    assert host.event(0x05)[3] == 0x16
    assert host.command(0x0406, b"\x77\x07\x13") == 0x02


def test_command_families_do_not_mix_until_reset(bench):
    host = RawHost(bench).start()
    assert host.command(0x200B, b"\x01\x10\0\x10\0\x01\0") == 0
    assert host.command(0x2042, bytes(6)) == 0x0C
    assert host.command(0x0C03) == 0
    assert host.command(0x2042, bytes(6)) == 0
    assert bench.violations == ["legacy and extended commands mixed"]


def test_reset_ends_links_and_the_lock_notices_by_supervision(bench):
    host = RawHost(bench).start()
    host.connect(bench.ready["locks"]["front"]["address"])
    bench.wait("links", 1)
    assert host.command(0x0C03) == 0
    assert bench.wait("links", 0)["bolt"] == "locked"


def test_data_to_the_host_comes_in_pieces_of_its_buffer_and_credits_come_back(bench):
    host = RawHost(bench).start()
    handle = host.connect(bench.ready["locks"]["front"]["address"])
    pdu = b"\x03\x00\x04\x00" + b"\x02\xf7\x00"
    host.socket.sendall(b"\x02" + handle.to_bytes(2, "little") + len(pdu).to_bytes(2, "little") + pdu)
    assert host.event(0x13)[1:5] == handle.to_bytes(2, "little") + b"\x01\x00"
    bench.ask("inject", "front", hex="1b1200" + "ab" * 60)
    pieces = []
    while len(pieces) < 4:
        code, packet = host.packet()
        if code is None:
            pieces.append((packet[2] >> 4 & 3, len(packet) - 5))
    # The answer to the MTU request, then 67 bytes of notification.
    assert pieces == [(2, 7), (2, 27), (1, 27), (1, 13)]


def test_duplicates_are_filtered_and_scan_responses_are_their_own(bench):
    host = RawHost(bench).start()
    assert host.command(0x200B, b"\x01\x10\0\x10\0\x01\0") == 0
    assert host.command(0x200C, b"\x01\x01") == 0
    first, second = host.event(0x3E, 0x02), host.event(0x3E, 0x02)
    assert (first[2], second[2]) == (0, 4)
    assert b"front" in second and b"front" not in first
    assert host.command(0x200C, b"\x00\x00") == 0
    reports = [each for each in bench.ask("trace")["packets"] if each["hex"].startswith("043e") and each["hex"][6:8] == "02"]
    assert len(reports) == 2


def test_out_of_reach_ends_a_link_after_the_supervision_time(bench):
    host = RawHost(bench).start()
    host.connect(bench.ready["locks"]["front"]["address"], timeout=10)
    bench.ask("set", "front", unreachable=True)
    assert host.event(0x05)[3] == 0x08
    assert bench.wait("links", 0)


def test_half_a_packet_of_one_client_does_not_harm_the_next(bench):
    with socket.create_connection((bench.host, bench.port)) as rude:
        rude.sendall(b"\x01\x03")
        bench.wait("clients", 1)
    bench.wait("clients", 0)
    assert RawHost(bench).start().command(0x0C03) == 0



def att(host, handle, pdu):
    """Sends one ATT packet."""
    frame = len(pdu).to_bytes(2, "little") + b"\x04\x00" + pdu
    host.socket.sendall(b"\x02" + handle.to_bytes(2, "little") + len(frame).to_bytes(2, "little") + frame)


def data(host):
    """The payload of the next data packet."""
    while True:
        code, packet = host.packet()
        if code is None:
            return packet[9:]


MTU, MTU_ANSWER = b"\x02\xf7\x00", b"\x03\xf7\x00"


@pytest.mark.parametrize("fault, expected", [
    ({"action": "truncate"}, [MTU_ANSWER[:-1]]), ({"action": "opcodeOnly"}, [b"\x03"]), ({"action": "empty"}, [b""]),
    ({"action": "duplicate"}, [MTU_ANSWER, MTU_ANSWER]), ({"action": "half"}, [b"\x03"]), ({"action": "flip"}, [b"\x03\xf7\x01"]),
    ({"action": "replace", "replacement": "0102000006"}, [b"\x01\x02\x00\x00\x06"]), ({"action": "drop"}, []),
    ({"action": "error", "to": "lock", "opcode": 2, "code": 6}, [b"\x01\x02\xf7\x00\x06"]),
], ids=["truncated", "opcode only", "empty", "doubled", "half", "changed", "replaced", "dropped", "refused"])
def test_an_answer_is_mangled_when_told_to_and_the_next_is_not(bench, fault, expected):
    host = RawHost(bench).start()
    handle = host.connect(bench.ready["locks"]["front"]["address"])
    bench.ask("pdu", "front", **fault)
    att(host, handle, MTU)
    att(host, handle, MTU)
    assert [data(host) for _ in range(len(expected) + 1)] == expected + [MTU_ANSWER]


def test_a_silent_lock_answers_nothing_until_the_silence_is_over(bench):
    host = RawHost(bench).start()
    handle = host.connect(bench.ready["locks"]["front"]["address"])
    bench.ask("silence", "front")
    att(host, handle, MTU)
    assert host.event(0x13)[1:3] == handle.to_bytes(2, "little")
    bench.ask("clear")
    att(host, handle, MTU)
    assert data(host) == MTU_ANSWER


def test_withheld_credits_come_back_when_they_are_let_go(bench):
    host = RawHost(bench).start()
    handle = host.connect(bench.ready["locks"]["front"]["address"])
    bench.ask("withholdCredits")
    att(host, handle, MTU)
    assert data(host) == MTU_ANSWER
    assert bench.wait("outstanding", 1)
    bench.ask("withholdCredits", on=False)
    assert host.event(0x13)[3:5] == b"\x01\x00"
    assert bench.wait("outstanding", 0)


def test_more_data_than_the_controller_has_room_for_is_noticed(bench):
    host = RawHost(bench).start()
    handle = host.connect(bench.ready["locks"]["front"]["address"])
    bench.ask("withholdCredits")
    for _ in range(9):
        att(host, handle, MTU)
    bench.wait("outstanding", 9)
    assert bench.violations == ["more data than the controller has buffers"]


def test_a_lock_hangs_up_and_a_hardware_error_forgets_everything(bench):
    host = RawHost(bench).start()
    host.connect(bench.ready["locks"]["front"]["address"])
    bench.wait("links", 1)
    bench.ask("hangup", "front", reason=0x15)
    assert host.event(0x05)[3] == 0x15
    host.connect(bench.ready["locks"]["front"]["address"])
    bench.wait("links", 1)
    bench.ask("hardwareError", code=0x21)
    assert host.event(0x10) == b"\x21"
    bench.wait("links", 0)


def test_a_lock_that_is_back_before_the_supervision_time_has_lost_nothing(bench):
    host = RawHost(bench).start()
    handle = host.connect(bench.ready["locks"]["front"]["address"], timeout=500)
    bench.ask("set", "front", unreachable=True)
    att(host, handle, MTU)
    bench.ask("set", "front", unreachable=False)
    assert data(host) == MTU_ANSWER


def test_a_round_trip_costs_connection_events():
    with RadioBench("front:motor=0", arguments=("--tcp", "127.0.0.1:0", "--interval", "100")) as bench:
        host = RawHost(bench).start()
        handle = host.connect(bench.ready["locks"]["front"]["address"])
        begin = time.monotonic()
        for _ in range(3):
            att(host, handle, MTU)
            assert data(host) == MTU_ANSWER
        # Each answer leaves at the event after the one its request came with.
        assert 0.5 <= time.monotonic() - begin < 3


def test_a_controller_without_extended_commands_refuses_them_and_lists_none():
    with RadioBench("front", arguments=("--tcp", "127.0.0.1:0", "--legacy")) as bench:
        host = RawHost(bench).start()
        assert host.command(0x2042, bytes(6)) == 0x01
        host.send(0x1002)
        supported = host.event(0x0E)[4:]
        assert supported[37] & 0x60 == 0
        host.connect(bench.ready["locks"]["front"]["address"])


@pytest.mark.parametrize("way", ["unix", "pty"])
def test_the_controller_is_reached_by_unix_socket_and_pty_too(way, tmp_path):
    path = str(tmp_path / "hci")
    with RadioBench("front", arguments=(f"--{way}", path)) as bench:
        if way == "unix":
            line = socket.socket(socket.AF_UNIX)
            line.connect(path)
            line.settimeout(5)
            line.sendall(b"\x01\x03\x0c\x00")
            assert line.recv(7) == b"\x04\x0e\x04\x01\x03\x0c\x00"
            line.close()
        else:
            with open(path, "r+b", buffering=0) as line:
                line.write(b"\x01\x03\x0c\x00")
                assert line.read(7) == b"\x04\x0e\x04\x01\x03\x0c\x00"


def test_what_a_command_does_is_told_by_raw_bytes_too(bench):
    host = RawHost(bench).start()
    bench.ask("raw", hex="ff00")
    assert host.socket.recv(2) == b"\xff\x00"


def test_a_refused_subscription_and_changed_services_reach_the_host():
    with RadioBench("front:motor=0") as bench:

        async def body():
            async with central(bench) as host:
                await host.connect(bench.ready["locks"]["front"])
                await host.discover()
                bench.ask("refuseSubscription", "front", code=0x05)
                with pytest.raises(ProtocolError) as error:
                    await host.state.subscribe(host.heard.put_nowait)
                assert error.value.error_code == 0x05
                changed = host.peer.get_characteristics_by_uuid(UUID("2A05"))[0]
                heard = asyncio.Queue()
                await changed.subscribe(heard.put_nowait)
                bench.ask("changeServices", "front")
                assert await asyncio.wait_for(heard.get(), 5) == b"\x01\x00\xff\xff"

        run(body())


@pytest.mark.parametrize("fault, effect", [
    ({"do": "command", "action": "fail", "opcode": 0x0C03, "status": 3}, 3),
    ({"do": "command", "action": "fail", "opcode": 0x0C03, "status": 0x1F}, 0x1F),
], ids=["hardware failure", "unspecified"])
def test_a_command_fails_when_told_to_and_then_works_again(bench, fault, effect):
    host = RawHost(bench)
    bench.ask(**fault)
    assert host.command(0x0C03) == effect
    assert host.command(0x0C03) == 0


def test_a_mute_controller_says_nothing_and_a_crashed_one_hangs_up(bench):
    host = RawHost(bench).start()
    bench.ask("mute")
    host.send(0x0C03)
    bench.ask("mute", on=False)
    assert host.command(0x1001) == 0
    assert not any(each["hex"] == "040e0401030c00" for each in bench.ask("trace")["packets"][12:])
    bench.ask("crash", closed=True)
    with pytest.raises((AssertionError, ConnectionError)):
        host.packet()
    with socket.create_connection((bench.host, bench.port)) as again:
        assert again.recv(1) == b""
    bench.ask("open")
    RawHost(bench).start()


def test_the_control_channel_refuses_what_it_does_not_know(bench):
    assert "unknown" in bench.refused("dance")
    assert "no lock" in bench.refused("state", lock="attic")
    assert "action is one of" in bench.refused("pdu", lock="front", action="polish")


def test_software_written_for_bleak_opens_the_lock_on_the_same_radio():
    from bleak import BleakClient, BleakScanner
    from bleak_over_bumble import bumble_host

    with RadioBench("front:motor=20") as bench:

        async def body():
            async with bumble_host(bench.ready["tcp"]):
                device = await BleakScanner.find_device_by_filter(lambda _, found: SERVICE in found.service_uuids, timeout=5)
                assert device.address == bench.ready["locks"]["front"]["address"]
                heard = asyncio.Queue()
                async with BleakClient(device) as client:
                    await client.start_notify(STATE, lambda _, value: heard.put_nowait(bytes(value)))
                    await client.write_gatt_char(COMMAND, b"\x02\x05", response=True)
                    while (value := await asyncio.wait_for(heard.get(), 5))[2] & 2:
                        pass
                    assert (value[0], value[6]) == (UNLOCKED, 5)
                    assert bytes(await client.read_gatt_char(STATE)) == value

        run(body())
        assert bench.wait("links", 0)["bolt"] == "unlocked"
