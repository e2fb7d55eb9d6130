"""Pairing and bonds of the radio process, against locks that run another's stack (Bumble), honest and not."""

import contextlib

import pytest

from ble import Air, Radio, Refused

STATE = "4c420002-9e1a-4f5c-8d27-1b0a6e5f7c30"
COMMAND = "4c420003-9e1a-4f5c-8d27-1b0a6e5f7c30"
UNLOCK = "0207"


@contextlib.contextmanager
def stage(*locks, options=()):
    """A virtual radio with locks on its air, and our radio process on it."""
    air = Air(*options, locks=locks)
    try:
        radio = Radio(air.place)
        try:
            radio.up()
            yield air, radio
        finally:
            radio.end()
    finally:
        air.end()


def answer(radio, value, since=0, **members):
    """Answers the question our radio asks its human."""
    question = radio.until(lambda line: line.get("method") == "prompt" and "id" in line, since, "a question")
    result = {"cancelled": True} if value is None else {"answer": value}
    radio.say({"jsonrpc": "2.0", "id": question["id"], "result": result})
    return question["params"]


def pair(air, radio, model, lock="front", peer=None, **more):
    """Connects without a key and pairs; gives the link, and what the core is to keep."""
    peer = peer or air.peer(lock)
    since = radio.mark()
    link = radio.connect(peer)["link"]
    asked = radio.begin("radio.pair", link=link, model=model, **more)
    if model == "numeric":
        question = answer(radio, True, since)
        shown = air.do("wait", lock=lock, what="pairings", **{"is": 1})["shown"]
        assert question["kind"] == "confirm" and f"{shown:06}" in question["text"] and question["seconds"] == 30
    elif model == "passkey" and "passkey" not in more:
        air.do("wait", lock=lock, what="pairings", **{"is": 1})
        assert answer(radio, 481516, since)["kind"] == "passkey"
    security = radio.finish(asked)["security"]
    return link, security, radio.told("radio.peerState", since, peer=peer)["state"]


def refused(radio, number):
    with pytest.raises(Refused) as error:
        radio.finish(number)
    return error.value


def failed(air, radio, model, lock="front", **more):
    """Tries to pair, and gives the error."""
    link = radio.connect(air.peer(lock))["link"]
    return refused(radio, radio.begin("radio.pair", link=link, model=model, **more))


def attributes_before_encryption(air):
    """ATT packets the host sent on the newest connection before it was encrypted."""
    packets = [bytes.fromhex(each["hex"]) for each in air.do("trace")["packets"] if each["from"] == "host" or each["hex"].startswith("040804")]
    begun = max(i for i, each in enumerate(packets) if each[:3] in (b"\x01\x43\x20", b"\x01\x0d\x20"))
    encrypted = next((i for i in range(begun, len(packets)) if packets[i][:2] == b"\x04\x08"), len(packets))
    return [each for each in packets[begun:encrypted] if each[0] == 2 and each[7:9] == b"\x04\x00"]


@pytest.mark.parametrize("model, security, spec", [
    ("justWorks", "encrypted", "front:motor=20:justWorks:encrypted"),
    ("numeric", "authenticated", "front:motor=20:numeric:authenticated"),
    ("passkey", "authenticated", "front:motor=20:passkey=481516:authenticated"),
], ids=["justWorks", "numeric", "passkey"])
def test_a_lock_is_paired_opened_and_found_again_with_its_key(model, security, spec):
    with stage(spec) as (air, radio):
        peer = air.peer()
        link, reached, state = pair(air, radio, model)
        assert reached == security and state["bond"]["level"] == security and state["bond"]["identity"] == peer["address"]
        radio.ask("radio.subscribe", link=link, characteristic=STATE)
        radio.ask("radio.write", link=link, characteristic=COMMAND, value=UNLOCK, withResponse=True)
        assert air.do("wait", lock="front", what="bolt", **{"is": "unlocked"})["bonds"] == 1
        radio.ask("radio.disconnect", link=link)
        air.do("wait", lock="front", what="links", **{"is": 0})
        since = radio.mark()
        again = radio.connect(peer, security=security)
        assert again["security"] == security
        assert attributes_before_encryption(air) == []
        radio.ask("radio.write", link=again["link"], characteristic=COMMAND, value="0108", withResponse=True)
        air.do("wait", lock="front", what="bolt", **{"is": "locked"})
        assert not any(line.get("method") == "prompt" for line in radio.news[since:])
        assert air.do("trace")["violations"] == []


@pytest.mark.parametrize("spec, options", [
    ("front:motor=20:justWorks:encrypted:public", ()), ("front:motor=20:justWorks:encrypted", ("--interval", "15")),
    ("front:motor=20:justWorks:encrypted", ("--legacy", "--buffers", "27x1")), ("front:motor=20:justWorks:encrypted:mtu=23", ("--buffers", "251x4")),
], ids=["public address", "connection events", "legacy commands and one buffer", "long buffers and the least MTU"])
def test_pairing_does_not_depend_on_the_air_or_the_controller(spec, options):
    with stage(spec, options=options) as (air, radio):
        link, security, _ = pair(air, radio, "justWorks")
        assert security == "encrypted"
        radio.ask("radio.disconnect", link=link)
        air.do("wait", lock="front", what="links", **{"is": 0})
        assert radio.connect(air.peer(), security="encrypted")["security"] == "encrypted"
        assert attributes_before_encryption(air) == [] and air.do("trace")["violations"] == []


def test_a_bond_outlives_the_radio_process():
    with stage("front:motor=20:passkey=481516:authenticated") as (air, radio):
        peer = air.peer()
        _, _, state = pair(air, radio, "passkey", passkey=481516)
        radio.end()
        air.do("wait", lock="front", what="links", **{"is": 0})
        second = Radio(air.place)
        try:
            second.up()
            assert refused(second, second.begin("radio.connect", peer=peer, security="authenticated")).code == 1001
            second.ask("radio.peers", peers=[{"peer": peer, "state": state}])
            assert second.connect(peer, security="authenticated")["security"] == "authenticated"
            assert attributes_before_encryption(air) == []
        finally:
            second.end()


def test_a_fixed_passkey_is_not_asked_for_and_000000_is_one():
    with stage("front:motor=20:passkey=0:authenticated") as (air, radio):
        _, security, _ = pair(air, radio, "passkey", passkey=0)
        assert security == "authenticated"
        assert not any(line.get("method") == "prompt" for line in radio.news)


def test_a_lock_that_lost_its_key_is_not_spoken_to():
    with stage("front:motor=20:justWorks:encrypted") as (air, radio):
        peer = air.peer()
        link, _, _ = pair(air, radio, "justWorks")
        radio.ask("radio.disconnect", link=link)
        air.do("wait", lock="front", what="links", **{"is": 0})
        air.do("loseBond", lock="front")
        error = refused(radio, radio.begin("radio.connect", peer=peer, security="encrypted"))
        assert (error.code, error.detail) == (1005, "bondLost")
        assert attributes_before_encryption(air) == []


def test_another_device_with_the_locks_name_and_address_is_not_spoken_to():
    with stage("front:motor=20:justWorks") as (air, radio):
        peer = air.peer()
        link, _, _ = pair(air, radio, "justWorks")
        radio.ask("radio.disconnect", link=link)
        air.do("wait", lock="front", what="links", **{"is": 0})
        air.do("spoof", lock="front")
        # Even where no security is asked for: there is a key, and this one does not have it.
        error = refused(radio, radio.begin("radio.connect", peer=peer, security="none"))
        assert (error.code, error.detail) == (1005, "bondLost")
        assert attributes_before_encryption(air) == []
        air.do("spoof", lock="front", on=False)
        assert radio.connect(peer, security="encrypted")["security"] == "encrypted"


def test_a_lock_that_changes_its_address_is_known_by_its_key():
    with stage("front:motor=20:justWorks:encrypted:private") as (air, radio):
        radio.ask("radio.filter", filters=[{"name": "front"}, {"services": ["4c420001-9e1a-4f5c-8d27-1b0a6e5f7c30"]}], activity="active")
        heard = radio.told("radio.advertisement")["peer"]
        assert heard["address"] == air.do("state")["address"]
        link, security, state = pair(air, radio, "justWorks", peer=heard)
        assert security == "encrypted" and state["bond"]["irk"]
        radio.ask("radio.disconnect", link=link)
        air.do("wait", lock="front", what="links", **{"is": 0})
        assert air.do("rotate", lock="front")["address"] != heard["address"]
        # It goes by the name it was paired under; an address that nobody answers any more is given up for the one it has now.
        again = radio.connect(heard, security="encrypted")
        radio.ask("radio.write", link=again["link"], characteristic=COMMAND, value=UNLOCK, withResponse=True)
        air.do("wait", lock="front", what="bolt", **{"is": "unlocked"})


ATTACKS = {
    "offCurveKey": ("publicKey/keyNotOnCurve", 0x0B), "zeroKey": ("publicKey/keyNotOnCurve", 0x0B),
    "reflectedKey": ("publicKey/keyReflected", 0x0B), "reflectedX": ("publicKey/keyReflected", 0x0B),
    "debugKey": ("publicKey/keyIsDebug", 0x0B), "secondKey": ("confirm/outOfOrder", 0x08), "wrongConfirm": ("random/confirmMismatch", 0x04),
    "wrongDHKeyCheck": ("check/checkMismatch", 0x0B), "noSecureConnections": ("features/noSecureConnections", 0x03),
    "keySize6": ("features/keySize", 0x06), "keySize17": ("features/keySize", 0x0A), "badIOCapability": ("features/malformed", 0x0A),
    "badOOBFlag": ("features/malformed", 0x0A), "moreKeys": ("features/keysNotAsked", 0x0A), "truncated": ("features/malformed", 0x0A),
    "oversize": ("features/malformed", 0x0A), "unexpectedPDU": ("publicKey/outOfOrder", 0x08),
    "keysBeforeEncryption": ("publicKey/outOfOrder", 0x08), "privateIdentity": ("keys/identityNotFixed", 0x0A),
    "fails": ("features/refusedByPeer", None),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_peer_that_pairs_dishonestly_ends_with_stage_and_reason_and_no_key(attack):
    detail, code = ATTACKS[attack]
    with stage("front:justWorks") as (air, radio):
        air.do("attack", lock="front", name=attack)
        error = failed(air, radio, "justWorks")
        assert (error.code, error.detail) == (1005, detail)
        assert air.do("wait", lock="front", what="links", **{"is": 0})["bonds"] == 0
        assert not any(line.get("method") == "radio.peerState" for line in radio.news)
        sent = [each["hex"] for each in air.do("trace")["packets"] if each["from"] == "host" and each["hex"][14:20] == "060005"]
        assert [int(each[20:22], 16) for each in sent] == ([] if code is None else [code]), "what the peer is told"


def test_the_identity_of_another_lock_is_not_taken():
    with stage("front:justWorks", "back:justWorks") as (air, radio):
        back = air.peer("back")
        radio.ask("radio.peers", peers=[{"peer": back}])
        air.do("set", lock="front", stolen=back["address"])
        air.do("attack", lock="front", name="stolenIdentity")
        error = failed(air, radio, "justWorks")
        assert (error.code, error.detail) == (1005, "keys/identityTaken")


@pytest.mark.parametrize("attack, last, stood", [
    ("silent", 0x01, "features"), ("silentAfterResponse", 0x0C, "publicKey"), ("silentAfterKey", 0x0C, "confirm"),
    ("silentBeforeRandom", 0x04, "random"), ("silentBeforeCheck", 0x0D, "check"), ("silentKeys", None, "keys"),
])
def test_a_pairing_whose_peer_falls_silent_and_goes_ends_where_it_stood(attack, last, stood):
    with stage("front:justWorks") as (air, radio):
        air.do("attack", lock="front", name=attack)
        link = radio.connect(air.peer())["link"]
        asked = radio.begin("radio.pair", link=link, model="justWorks")
        if last:
            air.do("wait", lock="front", what="pairingCode", **{"is": last})
        else:
            air.do("wait", lock="front", what="encrypted", **{"is": True})
        air.do("hangup", lock="front")
        error = refused(radio, asked)
        assert (error.code, error.detail) == (1000, f"{stood}/disconnected")


@pytest.mark.parametrize("spec, model, detail", [
    ("front:justWorks", "numeric", "features/otherModel"), ("front:justWorks", "passkey", "features/otherModel"),
    ("front:passkey=1", "numeric", "features/otherModel"),
])
def test_a_weaker_model_than_the_one_chosen_is_no_pairing(spec, model, detail):
    with stage(spec) as (air, radio):
        error = failed(air, radio, model)
        assert (error.code, error.detail) == (1005, detail)
        assert not any(line.get("method") == "prompt" for line in radio.news)


def test_a_wrong_passkey_is_no_pairing_and_the_next_try_has_to_wait():
    with stage("front:passkey=481516") as (air, radio):
        error = failed(air, radio, "passkey", passkey=481517)
        # The lock checks our commitment first, and refuses.
        assert (error.code, error.detail) == (1005, "random/refusedByPeer")
        air.do("wait", lock="front", what="links", **{"is": 0})
        error = failed(air, radio, "passkey", passkey=481516)
        assert (error.code, error.detail) == (1002, "idle/tooSoon")


@pytest.mark.parametrize("said", [False, None], ids=["no", "nothing"])
def test_a_human_who_does_not_confirm_makes_no_bond(said):
    with stage("front:numeric") as (air, radio):
        since = radio.mark()
        link = radio.connect(air.peer())["link"]
        asked = radio.begin("radio.pair", link=link, model="numeric")
        answer(radio, said, since)
        error = refused(radio, asked)
        assert (error.code, error.detail) == (1007, "comparison/declined")
        assert air.do("wait", lock="front", what="links", **{"is": 0})["bonds"] == 0


def test_a_question_is_withdrawn_when_the_lock_goes():
    with stage("front:numeric") as (air, radio):
        since = radio.mark()
        link = radio.connect(air.peer())["link"]
        asked = radio.begin("radio.pair", link=link, model="numeric")
        question = radio.until(lambda line: line.get("method") == "prompt", since, "a question")
        air.do("hangup", lock="front")
        assert refused(radio, asked).detail == "comparison/disconnected"
        assert radio.told("$/cancel", since)["id"] == question["id"]
        # A late answer changes nothing.
        radio.say({"jsonrpc": "2.0", "id": question["id"], "result": {"answer": True}})
        radio.ask("health")
        assert not any(line.get("method") == "radio.peerState" for line in radio.news)


def test_a_better_bond_is_not_replaced_by_a_weaker_one():
    with stage("front:passkey=481516") as (air, radio):
        link, _, _ = pair(air, radio, "passkey", passkey=481516)
        radio.ask("radio.disconnect", link=link)
        air.do("wait", lock="front", what="links", **{"is": 0})
        link = radio.connect(air.peer(), security="authenticated")["link"]
        error = refused(radio, radio.begin("radio.pair", link=link, model="justWorks"))
        assert (error.code, error.detail) == (1005, "idle/wouldWeaken")


def test_a_peer_that_begins_a_pairing_of_its_own_is_refused_and_left():
    with stage("front:motor=20") as (air, radio):
        link = radio.connect(air.peer())["link"]
        air.do("inject", lock="front", hex="0b0d", cid=6)
        radio.ask("radio.read", link=link, characteristic=STATE)
        air.do("inject", lock="front", hex="01030009100202", cid=6)
        assert radio.told("radio.disconnected", link=link)["reason"] == "the pairing failed"
        air.do("wait", lock="front", what="links", **{"is": 0})
