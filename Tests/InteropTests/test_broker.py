"""The broker: what deploy/mosquitto keeps apart, what works without MQTT 5 or with two brokers, and every way a broker can go."""

import signal
import socket
import ssl
import struct
import threading
import time

import paho.mqtt.client as mqtt
import pytest
import tokens
from broker import Authority, Bus, Line
from client import Client
from conftest import standing
from house_site import until
from tokens import Signer


def granted(site, retailer: str = "acme", lock: str = "front", **changes) -> str:
    token = tokens.grant(site.alice, retailer, site.gateway, lock, **changes)
    site.run("grant", "add", "-", stdin=token)
    return token


def opens(site, client: Client, signer: Signer, grant: str, lock: str = "front", **publishing):
    """A whole unlock: accepted, unlocked, confirmed locked."""
    before = site.moves(lock, "unlock")
    command = tokens.command(signer, site.gateway, lock, grant)
    client.publish("command", command, **publishing)
    client.reply(tokens.token_id(command), "accepted")
    client.reply(tokens.token_id(command), "unlocked")
    client.reply(tokens.token_id(command), "secured")
    assert site.moves(lock, "unlock") == before + 1
    assert site.ask({"do": "state", "lock": lock})["bolt"] == "locked"
    return command


# The hardened broker: deploy/mosquitto as it stands


@pytest.fixture(scope="module")
def guarded():
    """A site behind the broker of deploy/mosquitto, with a second retailer as neighbour."""
    with standing(buses=[Bus(hardened=True)]) as site:
        site.bravo = Signer("bravo")
        site.enrol(site.bravo, "principal")
        yield site


@pytest.fixture
def house(guarded):
    """The same, with nobody connected: one certificate is good for one connection."""
    yield guarded
    guarded.hang_up()


def exchange(site, bravo: Client):
    """A question of bravo's own and its answer: what bravo did before has had its effect, if it had one."""
    command = tokens.command(site.bravo, site.gateway, "front", None)
    bravo.publish("command", command)
    assert bravo.any_reply(tokens.token_id(command))["reason"] == "noGrant"


def raw_connect(site, context: ssl.SSLContext | None, client_id: str = "raw", will: tuple[str, str] | None = None) -> socket.socket:
    """CONNECT by hand, without a library's patience. The first byte that comes back is 0x20 if the broker lets us in."""
    link = socket.create_connection(("127.0.0.1", site.buses[0].port), timeout=10)
    if context is not None:
        link = context.wrap_socket(link, server_hostname="127.0.0.1")
    field = lambda text: struct.pack("!H", len(text)) + text.encode()
    flags = 0x02 | (0x04 | 0x08 | 0x20 if will else 0)
    body = field("MQTT") + bytes([4, flags]) + struct.pack("!H", 10) + field(client_id) + b"".join(map(field, will or ()))
    assert len(body) < 128
    link.sendall(bytes([0x10, len(body)]) + body)
    return link


def let_in(site, context: ssl.SSLContext | None) -> bool:
    try:
        with raw_connect(site, context) as link:
            return link.recv(4) == b"\x20\x02\x00\x00"
    except (ssl.SSLError, ConnectionError):
        return False


def test_a_signed_command_opens_a_door_over_tls_with_certificates_on_both_sides(house):
    opens(house, house.client("acme"), house.acme, granted(house))
    assert f"as {house.gateway} (p5, c1, k10, u'{house.gateway}')" in house.log("broker")


@pytest.mark.parametrize("protocol", [mqtt.MQTTv5, mqtt.MQTTv311], ids=["5", "3.1.1"])
def test_a_neighbour_hears_nothing_of_another_whatever_it_subscribes(house, protocol):
    acme, alice, bravo = house.client("acme"), house.client("alice"), house.client("bravo", protocol=protocol)
    everything = ["#", "lockbridge/#", f"{house.root}/+/acme/#", f"{house.root}/to/acme/#", f"{house.root}/to/alice/#",
                  f"{house.root}/from/#", "lockbridge/v1/+/to/+/reply"]
    for one, topics in ((bravo, everything), (alice, [f"{house.root}/to/acme/#", f"{house.root}/from/#", "#"])):
        for topic in topics:
            one.subscribed.clear()
            one.client.subscribe(topic, qos=1)
            assert one.subscribed.wait(10)
    opens(house, acme, house.acme, granted(house))
    exchange(house, bravo)
    alice.event("lock.relocked")
    for one in (bravo, alice):
        own = (f"to/{one.name}/", "gateway/")
        foreign = [topic for topic, _, _ in one.heard if not topic.startswith(own)]
        assert foreign == [], f"{one.name} heard {foreign}"
        assert any(topic.startswith("gateway/") for topic, _, _ in one.heard) and any(topic.startswith("to/") for topic, _, _ in one.heard)


@pytest.mark.parametrize("protocol", [mqtt.MQTTv5, mqtt.MQTTv311], ids=["5", "3.1.1"])
def test_nobody_writes_what_another_or_the_gateway_writes(house, protocol):
    acme, bravo = house.client("acme"), house.client("bravo", protocol=protocol)
    stolen = tokens.command(house.acme, house.gateway, "front", granted(house))
    answers = {}
    bravo.client.on_publish = lambda _client, _data, mid, reason, _properties: answers.setdefault(mid, reason.value)
    forged = {
        f"{house.root}/from/acme/command": stolen,
        f"{house.root}/from/acme/grant": "x",
        f"{house.root}/to/acme/reply": '{"forged": true}',
        f"{house.root}/to/acme/obligation/front": '{"forged": true}',
        f"{house.root}/to/bravo/reply": '{"forged": true}',
        f"{house.root}/gateway/availability": "offline",
        f"{house.root}/gateway/state": '{"forged": true}',
    }
    acme.forget()
    moved = house.moves("front", "unlock")
    for topic, payload in forged.items():
        for retain in (False, True):
            sent = bravo.client.publish(topic, payload, qos=1, retain=retain)
            sent.wait_for_publish(10)
            # MQTT 3.1.1 cannot say no.
            until(lambda: answers.get(sent.mid) == (0x87 if protocol == mqtt.MQTTv5 else 0), 5, f"the answer for {topic}")
    exchange(house, bravo)
    opens(house, acme, house.acme, granted(house))
    assert house.moves("front", "unlock") == moved + 1, "the stolen command, which acme never sent, opened nothing"
    for one in (acme, bravo):
        assert not any(body == "offline" or isinstance(body, dict) and body.get("forged") for _, body, _ in one.heard)
    assert acme.replies(tokens.token_id(stolen)) == []
    late = house.client("acme")
    assert late.wait(lambda topic, _: topic == "gateway/availability")[1] == "online"
    assert not any(isinstance(body, dict) and body.get("forged") for _, body, _ in late.heard)


def test_a_retailer_cannot_forge_its_own_replies_either(house):
    acme = house.client("acme")
    acme.client.publish(f"{house.root}/to/acme/reply", '{"forged": true}', qos=1).wait_for_publish(10)
    opens(house, acme, house.acme, granted(house))
    assert not any(isinstance(body, dict) and body.get("forged") for _, body, _ in acme.heard)


def test_a_neighbours_will_does_not_speak_for_the_gateway(house):
    acme = house.client("acme")
    link = raw_connect(house, house.buses[0].authority.context("bravo"), will=(f"{house.root}/gateway/availability", "offline"))
    assert link.recv(4) == b"\x20\x02\x00\x00"
    # Abortively, without a DISCONNECT: that is what wills are for.
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link.close()
    exchange(house, house.client("bravo"))
    opens(house, acme, house.acme, granted(house))
    assert [body for topic, body, _ in acme.heard if topic == "gateway/availability"] == ["online"]


def test_without_a_certificate_of_this_authority_nobody_is_let_in(house, tmp_path):
    authority = house.buses[0].authority
    assert let_in(house, authority.context("mallory")), "the positive: a certificate of the authority is enough to connect"
    assert not let_in(house, authority.context(None)), "no certificate"
    assert not let_in(house, None), "no TLS"
    other = Authority(tmp_path / "ca", house.gateway, ["acme"])
    foreign = authority.context(None)
    foreign.load_cert_chain(other.folder / "acme.crt", other.folder / "acme.key")
    assert not let_in(house, foreign), "another authority's acme"
    assert not let_in(house, authority.context("broker")), "a certificate that is for a broker"
    old = authority.context("mallory")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    assert not let_in(house, old), "TLS 1.2"


def test_a_neighbour_does_not_end_the_gateways_connection_by_its_client_id(house):
    lost = house.log("core").count("broker lost")
    with raw_connect(house, house.buses[0].authority.context("bravo"), client_id=house.gateway) as link:
        assert link.recv(4) == b"\x20\x02\x00\x00"
        opens(house, house.client("acme"), house.acme, granted(house))
    assert house.log("core").count("broker lost") == lost


def test_a_message_too_large_for_the_contract_ends_the_senders_connection_and_disturbs_nobody(house):
    acme, bravo = house.client("acme"), house.client("bravo")
    gone = threading.Event()
    bravo.client.on_disconnect = lambda *_: gone.set()
    bravo.client.publish(f"{house.root}/from/bravo/command", "x" * 19_000, qos=0)
    assert gone.wait(10)
    opens(house, acme, house.acme, granted(house))


def test_a_revoked_certificate_is_refused_from_the_next_reload(house):
    authority = house.buses[0].authority
    authority.revoke("mallory")
    house.processes["broker"].send_signal(signal.SIGHUP)
    until(lambda: not let_in(house, authority.context("mallory")), 10, "the refusal")
    assert let_in(house, authority.context("acme"))


# Without MQTT 5, and with two brokers


def test_a_gateway_on_mqtt_3_1_1_opens_a_door_the_same_way_without_correlation():
    with standing(buses=[Bus(protocol="3.1.1")]) as site:
        acme, old = site.client("acme"), site.client("alice", protocol=mqtt.MQTTv311)
        assert f"as {site.gateway} (p2," in site.log("broker")
        command = opens(site, acme, site.acme, granted(site), correlation=b"lost", response=f"{site.root}/to/acme/reply/desk")
        replies = [(topic, message) for topic, body, message in acme.heard
                   if isinstance(body, dict) and body.get("id") == tokens.token_id(command)]
        assert [topic for topic, _ in replies] == ["to/acme/reply"] * 3
        assert not any(hasattr(message.properties, "CorrelationData") for _, message in replies)
        old.event("lock.relocked")


def test_on_mqtt_3_1_1_a_message_over_16_kib_is_dropped_by_the_bus_and_counted():
    with standing(buses=[Bus(protocol="3.1.1")]) as site:
        acme = site.client("acme")
        acme.publish("command", "x" * 17 * 1_024)
        opens(site, acme, site.acme, granted(site))
        assert not any("reply" in topic and body.get("reason") == "tooLarge" for topic, body, _ in acme.heard)
        until(lambda: "dropped payloads larger than 16384 bytes: 1" in site.log("core"), 10, "the count in the log")


def test_on_mqtt_3_1_1_a_command_from_the_brokers_store_is_refused_and_cleared():
    with standing(buses=[Bus(protocol="3.1.1")]) as site:
        acme = site.client("acme")
        command = tokens.command(site.acme, site.gateway, "front", granted(site), exp=int(time.time()) + 100)
        site.kill("core", signal.SIGTERM)
        acme.publish("command", command, retain=True)
        site.start_gateway()
        assert acme.any_reply(tokens.token_id(command))["reason"] == "retained"
        acme.subscribed.clear()
        acme.client.subscribe(f"{site.root}/from/acme/#", qos=1)
        assert acme.subscribed.wait(10)
        acme.publish("command", "end")
        acme.wait(lambda topic, body: topic == "from/acme/command" and body == "end")
        assert [body for topic, body, _ in acme.heard if topic == "from/acme/command"] == ["end"]
        assert site.moves("front", "unlock") == 0


def test_each_of_two_buses_carries_the_messages_of_its_own_principals_alone():
    with standing(buses=[Bus(principals=("acme", "alice")), Bus(name="market", principals=("bravo",))]) as site:
        bravo = Signer("bravo")
        site.enrol(bravo, "principal")
        spies = []
        for bus in site.buses:
            spy = Client(bus.port, "spy", site.root)
            site.clients.append(spy)
            spy.subscribed.clear()
            spy.client.subscribe("#", qos=1)
            assert spy.subscribed.wait(10)
            spies.append(spy)
        alice = site.client("alice")
        opens(site, site.client("acme"), site.acme, granted(site))
        opens(site, site.client("bravo"), bravo, granted(site, "bravo", "back"), "back")
        # The right token by the wrong bus: nobody listens there for bravo.
        stray = tokens.command(bravo, site.gateway, "back", granted(site, "bravo", "back"))
        spies[0].publish("command", stray, principal="bravo")
        alice.wait(lambda topic, body: topic == "to/alice/event" and body["subject"] == "lock/back" and "relocked" in body["type"])
        site.kill("broker-market")
        opens(site, site.client("acme"), site.acme, granted(site))
        assert site.moves("back", "unlock") == 1
        for spy, own, other in ((spies[0], {"acme", "alice"}, {"bravo"}), (spies[1], {"bravo"}, {"acme", "alice"})):
            seen = {topic.split("/")[1] for topic, _, _ in spy.heard if topic.startswith("to/")}
            assert seen == own, f"{other & seen} on the bus of {own}"
            assert any(topic == "gateway/availability" and body == "online" for topic, body, _ in spy.heard)


# Every way a broker can go


def gone(site, line, how: signal.Signals):
    """The broker ends; when it is back, the clients are there before the gateway, whose events are not kept for those who are not."""
    line.hold()
    for client in site.clients:
        client.subscribed.clear()
    site.kill("broker", how)

    def come_back():
        site.start_broker()
        for client in site.clients:
            assert client.subscribed.wait(30)
        line.let()

    return come_back


def killed(site, line):
    return gone(site, line, signal.SIGKILL)


def stopped(site, line):
    return gone(site, line, signal.SIGTERM)


def taken_over(site, _line):
    """Somebody else's connections with the gateway's client id, one after another as the gateway comes back."""
    for _ in range(3):
        until(site.is_connected, 20, "the gateway's return")
        with raw_connect(site, None, client_id=site.gateway) as link:
            assert link.recv(4) == b"\x20\x02\x00\x00"
            assert link.recv(4) == b"", "the gateway takes its session back"
    return lambda: None


def half_open(_site, line):
    line.cut()
    return lambda: None


@pytest.mark.parametrize("way", [killed, stopped, taken_over, half_open])
def test_however_the_broker_goes_no_relock_is_late_and_commands_are_taken_again(way):
    bus = Bus()
    line = Line(bus.port)
    bus.gateway_port = line.port
    with standing(buses=[bus]) as site:
        acme, alice = site.client("acme"), site.client("alice")
        grant = granted(site)
        command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=4)
        acme.publish("command", command)
        acme.reply(tokens.token_id(command), "unlocked")
        come_back = way(site, line)
        site.until_locked("front")
        assert all(3.9 < seconds < 5 for seconds in site.open_times("front")), site.open_times("front")
        come_back()
        alice.event("lock.relocked", 45)
        acme.event("lock.relocked", 45)
        until(site.is_connected, 30, "the gateway's return")
        until(lambda: acme.last("gateway/availability") == "online", 10, "online")
        acme.forget()
        acme.publish("command", command)
        assert acme.any_reply(tokens.token_id(command))["status"] == "secured", "the stored answer"
        opens(site, acme, site.acme, grant)
        assert len(site.open_times("front")) == 2
        for client in (acme, alice):
            sequences = {int(event["sequence"]) for event in client.events()}
            assert sequences == set(range(min(sequences), max(sequences) + 1)), "no event is missing"
        line.close()


def test_a_command_whose_notice_the_broker_never_gets_moves_no_motor():
    bus = Bus()
    line = Line(bus.port)
    bus.gateway_port = line.port
    with standing(buses=[bus]) as site:
        acme = site.client("acme")
        grant = granted(site)
        line.cut(down=False)
        command = tokens.command(site.acme, site.gateway, "front", grant)
        acme.publish("command", command)
        until(lambda: acme.last("gateway/availability") == "offline", 30, "the will")
        until(lambda: acme.last("gateway/availability") == "online", 30, "the gateway's return")
        acme.publish("command", command)
        reply = acme.any_reply(tokens.token_id(command))
        assert (reply["status"], reply["reason"], reply["final"]) == ("failed", "noticeUndelivered", True)
        assert site.moves("front", "unlock") == 0
        opens(site, acme, site.acme, grant)
        line.close()
