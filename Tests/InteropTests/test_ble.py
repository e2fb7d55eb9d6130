"""The radio process against a controller and locks of other people's making: plain GATT, and every way a radio can fail.

Each fault has its typed outcome at the core's side, and afterwards the radio works again by itself.
"""

import contextlib
import hashlib
import subprocess

import pytest

from ble import Air, Radio, Refused
from house_site import BIN, until

STATE = "4c420002-9e1a-4f5c-8d27-1b0a6e5f7c30"
COMMAND = "4c420003-9e1a-4f5c-8d27-1b0a6e5f7c30"
UNLOCK, LOCK = "0201", "0102"


class House:
    """One virtual lock, and a radio that knows it."""

    def __init__(self, *options, lock="front:motor=100", way=("--tcp", "127.0.0.1:0")):
        self.air = Air(*options, locks=[lock], way=way)
        self.radio = Radio(self.air.place)
        self.peer = self.air.peer()
        self.radio.up()
        self.radio.ask("radio.peers", peers=[{"peer": self.peer}])

    def link(self):
        self.number = self.radio.connect(self.peer)["link"]
        return self.number

    def linked(self):
        """With its database known and its state subscribed to."""
        self.link()
        self.ask("subscribe", characteristic=STATE)
        return self

    def ask(self, what, **params):
        return self.radio.ask(f"radio.{what}", link=self.number, **params)

    def write(self, value=UNLOCK, response=True):
        return self.ask("write", characteristic=COMMAND, value=value, withResponse=response)

    def begin_write(self, value=UNLOCK):
        return self.radio.begin("radio.write", link=self.number, characteristic=COMMAND, value=value, withResponse=True)

    def works(self):
        """It can be connected to and asked, whatever was before."""
        self.link()
        assert len(self.ask("read", characteristic=STATE)["value"]) == 14
        self.ask("disconnect")

    def violations(self):
        return self.air.do("trace")["violations"]

    def end(self):
        self.radio.end()
        self.air.end()


@contextlib.contextmanager
def standing(*options, **more):
    house = House(*options, **more)
    try:
        yield house
    finally:
        house.end()


@pytest.fixture
def house():
    with standing() as house:
        yield house


@pytest.fixture
def linked(house):
    return house.linked()


# Plain GATT


@pytest.mark.parametrize("options", [[], ["--legacy"], ["--buffers", "27x1"], ["--interval", "8"]], ids=["extended", "legacy", "one-buffer", "interval"])
def test_a_lock_is_heard_connected_to_and_unlocked_over_any_controller(options):
    with standing(*options) as house:
        assert house.radio.told("radio.advertisement", peer=house.peer)["connectable"] is True
        house.linked()
        assert house.ask("read", characteristic=STATE)["value"].startswith("00")
        since = house.radio.mark()
        assert house.write() == {}
        seen = house.radio.told("radio.notified", since, link=house.number, characteristic=STATE)
        assert seen["value"].startswith(("01", "03"))
        assert house.air.do("wait", what="bolt", **{"is": "unlocked"})["ok"]
        assert house.ask("disconnect") == {}
        assert house.violations() == []


@pytest.mark.parametrize("way", ["--unix", "--pty"])
def test_a_unix_socket_and_a_serial_line_lead_to_a_controller_as_well(way, tmp_path):
    with standing(way=[way, tmp_path / "controller"]) as house:
        house.linked()
        house.write()
        house.air.do("wait", what="bolt", **{"is": "unlocked"})


def test_the_database_has_the_services_and_properties_the_lock_offers(house):
    house.link()
    services = {service["uuid"]: service["characteristics"] for service in house.ask("discover")["services"]}
    state, command = services["4c420001-9e1a-4f5c-8d27-1b0a6e5f7c30"][:2]
    assert (state["uuid"], state["properties"]) == (STATE, ["read", "notify"])
    assert (command["uuid"], command["properties"]) == (COMMAND, ["write", "writeWithoutResponse"])
    assert house.ask("mtu")["mtu"] == 247


def test_a_remembered_database_saves_the_discovery(house):
    house.linked()
    kept = house.radio.told("radio.peerState", peer=house.peer)["state"]
    house.ask("disconnect")
    house.radio.ask("radio.peers", peers=[{"peer": house.peer, "state": kept}])
    house.air.do("clearTrace")
    house.link()
    house.write()
    opcodes = [att_opcode(packet) for packet in house.air.do("trace")["packets"] if packet["from"] == "host"]
    # The MTU, the hash that proves the database, and the write.
    assert [opcode for opcode in opcodes if opcode is not None] == [0x02, 0x08, 0x12]


def att_opcode(packet):
    """Of a packet to the lock, when it begins one of the attribute protocol."""
    data = bytes.fromhex(packet["hex"])
    return data[9] if data[0] == 2 and data[2] & 0x30 == 0 and data[7:9] == b"\x04\x00" else None


def test_a_write_without_response_moves_the_bolt(linked):
    assert linked.write(response=False) == {}
    assert linked.air.do("wait", what="bolt", **{"is": "unlocked"})["ok"]


def long_command(length, action=2):
    """An unlock that the lock obeys only when every byte of it is in its place."""
    head = bytes([action, 7]) + bytes(place * 7 & 0xFF for place in range(length - 34))
    return (head + hashlib.sha256(head).digest()).hex()


def att_opcodes(house):
    packets = house.air.do("trace")["packets"]
    return [opcode for packet in packets if packet["from"] == "host" and (opcode := att_opcode(packet)) is not None]


@pytest.mark.parametrize("mtu, length, parts", [(23, 60, 4), (23, 512, 29), (247, 244, 0), (247, 245, 2), (247, 512, 3)])
def test_a_value_longer_than_a_packet_goes_in_parts_and_moves_the_bolt_once(mtu, length, parts):
    with standing(lock=f"front:motor=50:mtu={mtu}") as house:
        house.linked()
        house.air.do("clearTrace")
        assert house.write(long_command(length)) == {}
        assert house.air.do("wait", what="bolt", **{"is": "unlocked"})["drives"] == 1
        assert att_opcodes(house) == ([0x16] * parts + [0x18] if parts else [0x12])
        assert house.violations() == []


def test_a_long_value_that_came_back_changed_is_never_carried_out(linked):
    linked.air.do("pdu", action="flip", to="host", cid=4, opcode=0x17, count=1)
    with pytest.raises(Refused) as refused:
        linked.write(long_command(400))
    assert (refused.value.code, refused.value.detail) == (1000, "notSent")
    assert linked.air.do("state")["drives"] == 0
    # Nothing of it was left to spoil the next one.
    linked.write(long_command(300))
    assert linked.air.do("wait", what="bolt", **{"is": "unlocked"})["drives"] == 1


def test_a_long_value_is_refused_with_the_lock_s_own_error(linked):
    linked.air.do("pdu", action="error", to="lock", cid=4, opcode=0x16, code=0x09, count=1)
    with pytest.raises(Refused) as refused:
        linked.write(long_command(400))
    assert (refused.value.code, refused.value.att, refused.value.detail) == (1000, 0x09, None)
    linked.air.do("set", refuse=True)
    with pytest.raises(Refused) as refused:
        linked.write(long_command(400))
    assert (refused.value.code, refused.value.att, refused.value.detail) == (1000, 0x80, "sent")
    linked.air.do("set", refuse=False)
    linked.write(long_command(400))


@pytest.mark.parametrize("lost, detail", [(0x17, "notSent"), (0x19, "sent")], ids=["of a part", "of the last word"])
def test_a_long_value_may_have_arrived_only_once_it_was_to_be_carried_out(linked, lost, detail):
    linked.air.do("pdu", action="drop", to="host", cid=4, opcode=lost, count=1)
    since = linked.radio.mark()
    write = linked.begin_write(long_command(400))
    until(lambda: att_opcodes(linked)[-1:] == [lost - 1], 30, "the question whose answer is lost")
    linked.air.do("hangup", reason=0x13)
    with pytest.raises(Refused) as refused:
        linked.radio.finish(write)
    assert (refused.value.code, refused.value.detail) == (1000, detail)
    assert gone(linked, since) == "ended by the peer"
    linked.works()


def test_what_the_lock_does_not_have_is_unsupported_and_too_much_is_refused(linked):
    for wrong, code in [({"characteristic": "abcd"}, 1003), ({"characteristic": STATE, "service": "180f"}, 1003), ({"characteristic": "x"}, -32602)]:
        with pytest.raises(Refused) as refused:
            linked.ask("read", **wrong)
        assert refused.value.code == code
    for value, response in [("00" * 513, True), ("00" * 245, False)]:
        with pytest.raises(Refused) as refused:
            linked.write(value, response)
        assert refused.value.code == -32602
    with pytest.raises(Refused) as refused:
        linked.radio.ask("radio.mtu", link=99)
    assert refused.value.code == -32602


def test_many_locks_are_connected_to_at_once_and_each_answers_for_itself():
    names = [f"lock-{number}" for number in range(5)]
    with contextlib.ExitStack() as stack:
        air = Air(locks=[f"{name}:motor=50" for name in names])
        stack.callback(air.end)
        radio = Radio(air.place)
        stack.callback(radio.end)
        radio.up()
        peers = {name: air.peer(name) for name in names}
        radio.ask("radio.peers", peers=[{"peer": peer} for peer in peers.values()])
        asked = {name: radio.begin("radio.connect", peer=peer, security="none", timeoutMilliseconds=30_000) for name, peer in peers.items()}
        links = {name: radio.finish(number)["link"] for name, number in asked.items()}
        assert len(set(links.values())) == len(names)
        for name in names[:2]:
            radio.ask("radio.write", link=links[name], characteristic=COMMAND, value=UNLOCK, withResponse=True)
        for name in names:
            air.do("wait", lock=name, what="bolt", **{"is": "unlocked" if name in names[:2] else "locked"})
        assert air.do("trace")["violations"] == []


def test_a_lock_that_is_linked_is_busy_and_one_that_is_not_there_is_out_of_reach(linked):
    with pytest.raises(Refused) as refused:
        linked.radio.connect(linked.peer)
    assert refused.value.code == 1002
    with pytest.raises(Refused) as refused:
        linked.radio.connect({"address": "C0:00:00:00:00:01", "type": "random"}, timeout=500)
    assert (refused.value.code, refused.value.detail) == (1000, "silent")


def test_filters_choose_among_strangers():
    with standing() as house:
        house.radio.ask("radio.peers", peers=[])
        since = house.radio.mark()
        house.radio.ask("radio.filter", filters=[{"services": ["4c420001-9e1a-4f5c-8d27-1b0a6e5f7c30"]}], activity="active")
        assert house.radio.told("radio.advertisement", since)["peer"]["address"] == house.peer["address"]
        house.radio.ask("radio.filter", filters=[{"name": "nobody"}], activity="active")
        since = house.radio.mark()
        house.works()
        assert not [line for line in house.radio.news[since:] if line.get("method") == "radio.advertisement"]


# Links that fail


def gone(house, since):
    return house.radio.told("radio.disconnected", since, link=house.number)["reason"]


def test_a_link_lost_in_the_middle_of_a_write_says_that_the_write_had_left(linked):
    linked.air.do("silence", cid=4)
    since = linked.radio.mark()
    write = linked.begin_write()
    linked.air.do("set", unreachable=True)
    with pytest.raises(Refused) as refused:
        linked.radio.finish(write)
    assert (refused.value.code, refused.value.detail) == (1000, "sent")
    assert gone(linked, since) == "connection timeout"
    linked.air.do("clear")
    linked.air.do("set", unreachable=False)
    linked.works()


def test_a_lock_that_hangs_up_is_told_and_can_be_reached_again(linked):
    since = linked.radio.mark()
    linked.air.do("hangup", reason=0x13)
    assert gone(linked, since) == "ended by the peer"
    with pytest.raises(Refused) as refused:
        linked.write()
    assert (refused.value.code, refused.value.detail) == (1000, "notSent")
    linked.works()


def test_a_silent_lock_loses_its_link_after_thirty_seconds(linked):
    linked.air.do("silence", cid=4)
    since = linked.radio.mark()
    with pytest.raises(Refused) as refused:
        linked.write()
    assert (refused.value.code, refused.value.detail) == (1000, "sent")
    assert "30 s" in gone(linked, since)
    linked.air.do("clear")
    linked.works()


def test_an_att_error_is_passed_on_and_the_link_stays(linked):
    with pytest.raises(Refused) as refused:
        linked.write("0901")
    assert (refused.value.code, refused.value.att) == (1000, 0x80)
    linked.write()


def test_a_refused_subscription_is_an_att_error(house):
    house.link()
    house.ask("discover")
    house.air.do("refuseSubscription", code=0x05)
    with pytest.raises(Refused) as refused:
        house.ask("subscribe", characteristic=STATE)
    assert (refused.value.code, refused.value.att) == (1000, 5)
    house.air.do("clear")
    house.ask("subscribe", characteristic=STATE)


@pytest.mark.parametrize("action", ["empty", "junk", "oversize", "duplicate"])
def test_a_mangled_answer_to_a_write_ends_the_link(linked, action):
    linked.air.do("pdu", action=action, to="host", cid=4, opcode=0x13, count=1)
    since = linked.radio.mark()
    if action == "duplicate":
        assert linked.write() == {}
    else:
        with pytest.raises(Refused) as refused:
            linked.write()
        assert (refused.value.code, refused.value.detail) == (1000, "sent")
    assert "the peer" in gone(linked, since)
    linked.works()


@pytest.mark.parametrize("action", ["truncate", "opcodeOnly", "half"])
def test_a_cut_database_ends_the_link(house, action):
    house.link()
    house.air.do("pdu", action=action, to="host", cid=4, opcode=0x11, count=1)
    since = house.radio.mark()
    with pytest.raises(Refused) as refused:
        house.ask("discover")
    assert (refused.value.code, refused.value.detail) == (1000, "notSent")
    assert "the peer" in gone(house, since)
    house.works()


def test_services_that_change_are_found_out_anew(linked):
    before = linked.ask("discover")["services"]
    since = linked.radio.mark()
    linked.air.do("changeServices")
    linked.radio.told("radio.peerState", since)
    after = linked.ask("discover")["services"]
    assert len(after) == len(before) + 1
    linked.write()


def test_a_dropped_lock_is_disconnected_and_its_number_is_over(linked):
    since = linked.radio.mark()
    assert linked.radio.ask("radio.drop", peer=linked.peer) == {}
    assert gone(linked, since) == "dropped"
    assert linked.air.do("wait", what="links", **{"is": 0})["ok"]
    linked.works()


def test_an_attempt_that_is_dropped_or_cancelled_says_so(house):
    house.air.do("set", unreachable=True)
    dropped = house.radio.begin("radio.connect", peer=house.peer, security="none", timeoutMilliseconds=60_000)
    house.radio.ask("radio.drop", peer=house.peer)
    cancelled = house.radio.begin("radio.connect", peer=house.peer, security="none", timeoutMilliseconds=60_000)
    house.radio.say({"jsonrpc": "2.0", "method": "$/cancel", "params": {"id": cancelled}})
    for number in (dropped, cancelled):
        with pytest.raises(Refused) as refused:
            house.radio.finish(number)
        assert refused.value.code == 1007
    house.air.do("set", unreachable=False)
    house.works()


# Controllers that fail


def recovers(house, since, cause):
    """The radio says what was wrong, then that it is up again, and works."""
    house.radio.until(lambda line: line.get("method") == "radio.status" and line["params"].get("cause") == cause, since, cause)
    house.radio.up(house.radio.mark() if house.radio.news[-1].get("params", {}).get("cause") == cause else since)
    house.works()


def test_a_controller_that_crashes_takes_its_links_along_and_is_found_again(linked):
    since = linked.radio.mark()
    linked.air.do("crash")
    assert gone(linked, since) == "controllerLost"
    recovers(linked, since, "transportClosed")


def test_a_controller_that_is_pulled_out_is_absent_until_it_is_back(linked):
    since = linked.radio.mark()
    linked.air.do("crash", closed=True)
    linked.radio.told("radio.status", since, state="absent")
    with pytest.raises(Refused) as refused:
        linked.radio.connect(linked.peer)
    assert refused.value.code == 1006
    since = linked.radio.mark()
    linked.air.do("open")
    linked.radio.up(since)
    linked.works()


def test_a_controller_that_reports_a_fault_of_its_own_is_reset(linked):
    since = linked.radio.mark()
    linked.air.do("hardwareError", code=0x42)
    assert gone(linked, since) == "controllerLost"
    recovers(linked, since, "hardwareError")


def test_a_mute_controller_is_stuck_and_comes_back_when_it_speaks(linked):
    since = linked.radio.mark()
    linked.air.do("mute", on=True)
    closing = linked.radio.begin("radio.disconnect", link=linked.number)
    linked.radio.told("radio.status", since, cause="controllerStuck")
    assert linked.radio.finish(closing) == {}
    since = linked.radio.mark()
    linked.air.do("mute", on=False)
    linked.radio.up(since)
    linked.works()


def test_a_controller_that_gives_no_credit_for_data_is_reset(linked):
    since = linked.radio.mark()
    linked.air.do("withholdCredits", on=True)
    with contextlib.suppress(Refused):
        for _ in range(20):
            linked.ask("read", characteristic=STATE)
    linked.radio.told("radio.status", since, cause="controllerStuck")
    linked.air.do("withholdCredits", on=False)
    linked.radio.up(since)
    linked.works()


def test_a_controller_that_ignores_a_command_is_reset(house):
    since = house.radio.mark()
    house.air.do("command", opcode=0x2043, action="ignore", count=1)
    with pytest.raises(Refused) as refused:
        house.radio.connect(house.peer)
    assert refused.value.code == 1006
    recovers(house, since, "controllerStuck")


def test_a_controller_that_refuses_to_connect_is_reset_after_three_times(house):
    since = house.radio.mark()
    house.air.do("command", opcode=0x2043, action="fail", status=0x0C, count=3)
    for _ in range(3):
        with pytest.raises(Refused) as refused:
            house.radio.connect(house.peer)
        assert refused.value.code == 1000
    recovers(house, since, "cannotConnect")


def test_a_controller_that_talks_nonsense_is_opened_anew(linked):
    since = linked.radio.mark()
    linked.air.do("raw", hex="ff00ff00")
    recovers(linked, since, "garbled")


def test_a_controller_that_can_not_do_what_a_central_needs_is_said_so(house):
    since = house.radio.mark()
    house.air.do("command", opcode=0x2002, action="fail", status=0x01, count=1)
    house.air.do("hardwareError", code=1)
    recovers(house, since, "unsupported")


# The process itself


def test_the_end_of_the_core_ends_the_radio(linked):
    linked.radio.process.stdin.close()
    assert linked.radio.process.wait(30) == 0
    linked.air.do("wait", what="links", **{"is": 0})


def test_shutdown_hangs_up_and_answers_last(linked):
    assert linked.radio.ask("shutdown") == {}
    assert linked.radio.process.wait(30) == 0
    assert linked.radio.news[-1]["result"] == {}
    linked.air.do("wait", what="links", **{"is": 0})


@pytest.mark.parametrize("place", ["tcp:127.0.0.1:1", "unix:/nowhere/radio", "serial:/dev/nowhere", "hci4711"])
def test_no_controller_at_all_is_absent_and_not_an_end(place):
    lonely = Radio(place)
    try:
        assert lonely.told("radio.status", state="absent")["cause"] == "cannotOpen"
        assert lonely.ask("health") == {}
    finally:
        lonely.end()


# A radio that was started apart


@contextlib.contextmanager
def listening(place, path):
    """A radio that waits for its core at a socket."""
    process = subprocess.Popen([BIN / "lockbridge-ble", "--listen", path, "--hci", place])
    try:
        until(path.exists, 10, "the socket")
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_radio_that_listens_serves_one_core_by_way_of_a_relay_and_ends_with_it(tmp_path):
    path = tmp_path / "radio.sock"
    air = Air(locks=["front:motor=50"])
    try:
        for _ in range(2):
            with listening(air.place, path) as process:
                assert path.stat().st_mode & 0o777 == 0o660
                # Whatever controller its core names, it has its own.
                radio = Radio(f"socket:{path}", options=["--connect", path])
                radio.up()
                air.do("turn", action="lock")
                link = radio.connect(air.peer())["link"]
                radio.ask("radio.write", link=link, characteristic=COMMAND, value=long_command(400), withResponse=True)
                air.do("wait", what="bolt", **{"is": "unlocked"})
                second = subprocess.run([BIN / "lockbridge-ble", "--connect", path], stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
                assert second.returncode == 1 and b"No such file" in second.stderr
                radio.end()
                assert process.wait(30) == 0
                air.do("wait", what="links", **{"is": 0})
                air.do("wait", what="clients", **{"is": 0})
    finally:
        air.end()


def test_the_end_of_a_radio_that_listens_is_seen_by_its_core(tmp_path):
    with standing() as house, listening(house.air.place, tmp_path / "radio.sock") as process:
        house.radio.end()
        house.radio = Radio("socket:", options=["--connect", tmp_path / "radio.sock"])
        house.radio.up()
        process.kill()
        assert house.radio.process.wait(30) == 0


def test_a_radio_that_listens_stops_when_told_while_it_has_no_core(tmp_path):
    path = tmp_path / "radio.sock"
    with listening("tcp:127.0.0.1:1", path) as process:
        process.terminate()
        assert process.wait(30) == 0
        assert not path.exists()


@pytest.mark.parametrize("arguments", [["--listen", "/x"], ["--listen", "x", "--hci", "hci0"], ["--listen", "/x", "--hci", "nonsense"], ["--connect"], ["-h"]])
def test_arguments_that_make_no_sense_end_with_how_to_use_it(arguments):
    ended = subprocess.run([BIN / "lockbridge-ble", *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
    assert ended.returncode == 64 and ended.stderr.startswith(b"usage: lockbridge-ble")
