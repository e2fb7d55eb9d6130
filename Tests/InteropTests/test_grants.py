"""What residents allow and take back, and whom the operator listens to; on a real site, by real tokens."""

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import tokens
from house_site import Site, until
from tokens import Signer


@pytest.fixture(scope="module")
def site():
    """One site for all of these: none leaves a door open or a principal suspended."""
    site = Site()
    try:
        yield site.start()
    finally:
        print(site.log("core"))
        site.stop()


@pytest.fixture
def shop(site):
    client = site.client("acme")
    yield client
    client.close()
    site.clients.remove(client)


@pytest.fixture
def home(site):
    client = site.client("alice")
    yield client
    client.close()
    site.clients.remove(client)


def install(site, **changes) -> str:
    grant = tokens.grant(site.alice, "acme", site.gateway, "front", **changes)
    site.run("grant", "add", "-", stdin=grant)
    return grant


def ask(site, client, grant, **changes) -> dict:
    """A command's first reply."""
    command = tokens.command(changes.pop("signer", site.acme), site.gateway, "front", grant, **changes)
    client.publish("command", command)
    return client.any_reply(tokens.token_id(command))


def opens(site, client, grant, **changes):
    before = site.moves("front", "unlock")
    command = tokens.command(changes.pop("signer", site.acme), site.gateway, "front", grant, openSeconds=1, **changes)
    client.publish("command", command)
    client.reply(tokens.token_id(command), "secured")
    assert site.moves("front", "unlock") == before + 1


def is_refused(site, client, grant, reason: str, **changes):
    before = site.moves("front", "unlock")
    reply = ask(site, client, grant, **changes)
    assert (reply["status"], reply.get("reason")) == ("refused", reason)
    assert site.moves("front", "unlock") == before


# Revocation


def test_a_revoked_grant_opens_nothing_from_the_moment_its_revocation_is_acknowledged(site, shop, home):
    grant = install(site)
    opens(site, shop, grant)
    revocation = tokens.revocation(site.alice, site.gateway, grants=[tokens.token_id(grant)])
    home.publish("grant", revocation)
    assert home.any_reply(tokens.token_id(revocation))["status"] == "accepted"
    is_refused(site, shop, grant, "grantRevoked")
    until(lambda: shop.last(f"to/acme/grant/{tokens.token_id(grant)}")["status"] == "revoked", 5, "the status")
    assert shop.event("grant.revoked")["subject"] == f"grant/{tokens.token_id(grant)}"


def test_a_grant_revoked_before_it_arrived_is_never_installed(site, home):
    grant = tokens.grant(site.alice, "acme", site.gateway, "front")
    revocation = tokens.revocation(site.alice, site.gateway, grants=[tokens.token_id(grant)])
    home.publish("grant", revocation)
    home.any_reply(tokens.token_id(revocation))
    home.publish("grant", grant)
    assert home.any_reply(tokens.token_id(grant))["reason"] == "grantRevoked"


def test_all_before_and_retailers_take_back_what_was_given_until_then_in_any_order(site, shop, home):
    sequence = time.time_ns() // 1_000_000
    older = install(site, rseq=sequence)
    newer = install(site, rseq=sequence + 10)
    for changes in ({"retailers": ["acme"], "rseq": sequence + 5}, {"allBefore": sequence + 5, "rseq": sequence + 6}, {"allBefore": sequence + 1, "rseq": sequence + 2}):
        revocation = tokens.revocation(site.alice, site.gateway, **changes)
        home.publish("grant", revocation)
        assert home.any_reply(tokens.token_id(revocation))["status"] == "accepted"
    is_refused(site, shop, older, "grantRevoked")
    opens(site, shop, newer)


def test_the_command_line_makes_and_carries_a_revocation(site, shop):
    key = site.folder / "alice.pem"
    if not key.exists():
        from cryptography.hazmat.primitives import serialization
        key.write_bytes(site.alice.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    grant = install(site)
    made = site.run("token", "revoke", "--key", str(key), "--resident", "alice", "--grant", tokens.token_id(grant))
    site.run("grant", "revoke", "-", stdin=made.stdout)
    is_refused(site, shop, grant, "grantRevoked")


def test_nobody_but_the_resident_can_revoke(site, shop, home):
    grant = install(site)
    forged = tokens.revocation(Signer("alice"), site.gateway, grants=[tokens.token_id(grant)])
    home.publish("grant", forged)
    assert home.any_reply(tokens.token_id(forged))["reason"] == "badSignature"
    opens(site, shop, grant)


# Suspension and keys


def test_a_suspended_retailer_is_not_listened_to_until_it_is_resumed(site, shop):
    grant = install(site)
    site.run("principal", "suspend", "acme")
    is_refused(site, shop, grant, "suspended")
    site.run("principal", "resume", "acme")
    opens(site, shop, grant)


def test_somebody_whom_the_bus_serves_and_nobody_enrolled_is_unknown(site):
    client, stranger = site.client("bravo"), Signer("bravo")
    command = tokens.command(stranger, site.gateway, "front", None)
    client.publish("command", command)
    assert client.any_reply(tokens.token_id(command))["reason"] == "unknownPrincipal"


def test_keys_rotate_with_two_active_and_the_retired_one_counts_no_more(site, shop):
    grant = install(site)
    renewed = Signer("acme", "ES256")
    file = site.folder / "acme-2.pub.pem"
    file.write_bytes(renewed.public_pem)
    site.run("principal", "add-key", "acme", "--key", str(file))
    opens(site, shop, grant)
    opens(site, shop, grant, signer=renewed)
    site.run("principal", "suspend", "acme", "--key", renewed.kid)
    is_refused(site, shop, grant, "suspended", signer=renewed)
    opens(site, shop, grant)
    site.run("principal", "retire-key", "acme", "--key", renewed.kid)
    is_refused(site, shop, grant, "badSignature", signer=renewed)
    assert site.run("principal", "retire-key", "acme", "--key", site.acme.kid, check=False).returncode == 2


# Windows, couriers, assurance, options


def local(delta: timedelta) -> datetime:
    return datetime.now(ZoneInfo("Europe/Berlin")) + delta


def window(start: datetime, end: datetime) -> dict:
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    return {"days": [days[start.weekday()]], "from": start.strftime("%H:%M"), "to": end.strftime("%H:%M")}


def test_a_weekly_window_is_read_by_the_clock_on_the_sites_wall(site, shop):
    inside = install(site, windows=[window(local(-timedelta(minutes=30)), local(timedelta(minutes=30)))])
    opens(site, shop, inside)
    opening = local(timedelta(hours=2)).replace(second=0, microsecond=0)
    outside = install(site, windows=[window(opening, opening + timedelta(hours=1))])
    is_refused(site, shop, outside, "outsideWindow")
    reply = ask(site, shop, outside, action="check")
    assert reply["ready"] is False and reply["blockers"] == ["outsideWindow"]
    assert datetime.fromisoformat(reply["opensAt"].replace("Z", "+00:00")) == opening


def test_an_interval_opens_only_between_its_ends(site, shop):
    now = int(time.time())
    opens(site, shop, install(site, windows=[{"from": now - 60, "to": now + 3600}]))
    is_refused(site, shop, install(site, windows=[{"from": now + 3600, "to": now + 7200}]), "outsideWindow")
    is_refused(site, shop, install(site, windows=[{"from": now - 7200, "to": now - 3600}]), "outsideWindow")


def test_only_named_couriers_come_in_and_an_empty_list_lets_none_in(site, shop):
    courier = Signer("courier").kid
    grant = install(site, couriers=[courier])
    is_refused(site, shop, grant, "courierNotAllowed")
    is_refused(site, shop, grant, "courierNotAllowed", courier=Signer("other").kid)
    opens(site, shop, grant, courier=courier)
    is_refused(site, shop, install(site, couriers=[]), "courierNotAllowed", courier=courier)


def test_a_grant_may_ask_for_more_assurance_than_the_lock_has(site, shop):
    opens(site, shop, install(site, minRelock="lockAuto"))
    is_refused(site, shop, install(site, minRelock="lockTimed"), "relockDoubtful")


@pytest.mark.parametrize("options", [{"consent": True}, {"camera": True}, {"noTime": True}, {"freshHours": 4}])
def test_an_option_that_is_not_built_yet_is_refused_when_the_grant_is_installed(site, home, options):
    grant = tokens.grant(site.alice, "acme", site.gateway, "front", options=options)
    home.publish("grant", grant)
    assert home.any_reply(tokens.token_id(grant))["reason"] == "unsupported"


def test_a_dry_run_walks_every_check_and_spends_its_id_alone(site, shop):
    grant = install(site, maxUses=1)
    before = site.moves("front", "unlock")
    reply = ask(site, shop, grant, dryRun=True)
    assert reply["status"] == "accepted" and reply["final"] and reply["ready"] is True
    assert site.moves("front", "unlock") == before
    opens(site, shop, grant)
    reply = ask(site, shop, grant, dryRun=True)
    assert reply["ready"] is False and reply["blockers"] == ["grantUsedUp"]


def test_a_delivery_is_one_use_with_three_re_entries(site, shop):
    grant = install(site, maxUses=1)
    for _ in range(4):
        opens(site, shop, grant, delivery="order-7")
    is_refused(site, shop, grant, "grantUsedUp", delivery="order-7")
    is_refused(site, shop, grant, "grantUsedUp", delivery="order-8")
