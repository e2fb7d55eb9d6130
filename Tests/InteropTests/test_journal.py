"""A journal that is not the one the gateway wrote: it comes up frozen, opens nothing, locks what is open, and says why."""

import json
import pathlib
import shutil
import signal
import sqlite3
import subprocess

import pytest
import tokens
from conftest import standing
from house_site import BIN, HERE, until

FILES = ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"]


def keep(site) -> pathlib.Path:
    """A copy of the journal, as a backup or a thief would have it."""
    copy = site.folder / "copy"
    copy.mkdir()
    for name in FILES:
        if (site.home / name).exists():
            shutil.copy(site.home / name, copy / name)
    return copy


def put_back(site, copy: pathlib.Path):
    for name in FILES:
        (site.home / name).unlink(missing_ok=True)
        if (copy / name).exists():
            shutil.copy(copy / name, site.home / name)


def frozen_start(site) -> dict:
    """Starts a gateway that comes up frozen; its status."""
    site.spawn("core", [str(BIN / "lockbridge"), "run", "--home", str(site.home)])
    until(lambda: site.run("status", check=False).returncode == 75, 20, "the frozen gateway's start")
    return json.loads(site.run("status", "--json", check=False).stdout)


def granted(site) -> str:
    grant = tokens.grant(site.alice, "acme", site.gateway, "front", maxUses=9)
    site.run("grant", "add", "-", stdin=grant)
    return grant


def refused(site, shop, grant: str) -> dict:
    command = tokens.command(site.acme, site.gateway, "front", grant)
    shop.publish("command", command)
    return shop.any_reply(tokens.token_id(command))


def test_a_rolled_back_journal_freezes_the_gateway_until_the_newest_is_back_or_this_one_is_taken(site):
    grant = granted(site)
    assert site.kill("core", signal.SIGTERM) == 0
    old = keep(site)
    site.start_gateway()
    site.until_ready("front")
    shop = site.client("acme")
    command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=1)
    shop.publish("command", command)
    shop.reply(tokens.token_id(command), "secured", 30)
    assert site.kill("core", signal.SIGTERM) == 0
    newest = site.folder / "newest"
    shutil.copytree(site.home, newest, ignore=shutil.ignore_patterns("run"))
    put_back(site, old)

    status = frozen_start(site)
    assert status["frozen"] and "rolled back" in status["frozenBecause"]
    shown = site.run("status", check=False)
    assert shown.returncode == 75 and "FROZEN, nothing opens: the journal was rolled back" in shown.stdout
    assert "audit accept" in shown.stdout
    until(lambda: json.loads(site.run("status", "--json", check=False).stdout)["buses"][0]["state"] == "connected", 20, "the bus")
    reply = refused(site, shop, grant)
    assert (reply["status"], reply["reason"]) == ("refused", "frozen")
    assert site.moves("front", "unlock") == 1, "the command obeyed after the copy was made is not obeyed again"
    audit = site.run("audit", "verify", check=False)
    assert audit.returncode == 75 and "rolled back" in audit.stderr
    changed = site.run("principal", "suspend", "acme", check=False)
    assert changed.returncode == 75 and "frozen" in changed.stderr
    before = (site.home / "journal.sqlite").read_bytes()
    assert site.kill("core", signal.SIGTERM) == 75
    assert (site.home / "journal.sqlite").read_bytes() == before, "a journal in doubt is left as it was found"

    put_back(site, newest)
    site.start_gateway()
    site.run("audit", "verify")
    assert site.kill("core", signal.SIGTERM) == 0

    put_back(site, old)
    assert site.run("audit", "accept", check=False).returncode == 64
    taken = site.run("audit", "accept", "--yes")
    assert taken.stdout.startswith("Taken: ")
    assert [file.name for file in site.home.glob("anchor.*")], "the anchor that was not reached is kept"
    site.start_gateway()
    site.run("audit", "verify")


def test_a_frozen_start_locks_what_its_journal_says_is_open(site):
    grant = granted(site)
    shop = site.client("acme")
    command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=60)
    shop.publish("command", command)
    shop.reply(tokens.token_id(command), "unlocked")
    site.kill("core")
    old = keep(site)
    site.start_gateway()
    site.until_locked("front")
    until(lambda: not site.lock("front")["owed"], 20, "the relock's record")
    assert site.kill("core", signal.SIGTERM) == 0
    put_back(site, old)
    assert site.ask({"do": "turn", "lock": "front", "action": "unlock", "source": "manual"})["ok"]
    frozen_start(site)
    site.until_locked("front")
    assert site.moves("front", "unlock") <= 2
    assert site.kill("core", signal.SIGTERM) == 75


@pytest.mark.parametrize("harm, says", [
    (lambda home: (home / "anchor").unlink(), "vouches for them is missing"),
    (lambda home: (home / "anchor").write_text((home / "anchor").read_text().replace('"n":', '"n":1')), "not signed by this gateway"),
    (lambda home: (home / "anchor").write_text("{}"), "no anchor"),
    (lambda home: [(home / name).unlink(missing_ok=True) for name in FILES], "and it has 0"),
], ids=["anchor missing", "anchor forged", "anchor unreadable", "journal missing"])
def test_a_journal_and_an_anchor_that_do_not_belong_together_freeze_the_gateway(site, harm, says):
    assert site.kill("core", signal.SIGTERM) == 0
    harm(site.home)
    assert says in frozen_start(site)["frozenBecause"]
    assert site.kill("core", signal.SIGTERM) == 75


def test_a_journal_from_before_there_were_anchors_gets_its_first_one(site):
    assert site.kill("core", signal.SIGTERM) == 0
    (site.home / "anchor").unlink()
    subprocess.run(["python3", "-c", "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(\"DELETE FROM meta WHERE name = 'anchored'\"); c.commit()", str(site.home / "journal.sqlite")], check=True)
    site.start_gateway()
    site.run("audit", "verify")
    assert (site.home / "anchor").exists()


def sql(site, *statements: str):
    """What somebody with the file in hand can do."""
    with sqlite3.connect(site.home / "journal.sqlite") as journal:
        for statement in statements:
            journal.execute(statement)
    journal.close()


def test_an_orderly_stop_leaves_a_snapshot_that_the_next_start_begins_from(site):
    granted(site)
    assert site.kill("core", signal.SIGTERM) == 0
    files = [file.name for file in site.home.glob("snapshot-*")]
    assert len(files) == 1, files
    # The past is broken: the start does not look at it, the audit does.
    sql(site, "UPDATE records SET head = zeroblob(32) WHERE n = 2")
    site.start_gateway()
    audit = site.run("audit", "verify", check=False)
    assert audit.returncode == 75 and "record 2" in audit.stderr
    assert "record 2" in json.loads(site.run("status", "--json", check=False).stdout)["frozenBecause"], "what the audit finds freezes the gateway"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["after a stop", "after a kill"])
def test_a_row_changed_while_the_gateway_was_down_freezes_its_start(site, how):
    granted(site)
    site.kill("core", how)
    sql(site, "DELETE FROM grants")
    assert "table grants" in frozen_start(site)["frozenBecause"]
    assert site.kill("core", signal.SIGTERM) == 75


def test_snapshots_are_taken_as_records_come_and_only_the_newest_is_kept():
    with standing(limits=(HERE / "limits.yaml").read_text() + "snapshotRecords: 10\n") as site:
        for number in range(30):
            site.run("principal", "suspend" if number % 2 == 0 else "resume", "acme")
        until(lambda: 1 <= len(list(site.home.glob("snapshot-*"))) <= 2, 5, "the snapshots' files")
        site.run("audit", "verify")
        site.kill("core")
        site.start_gateway()
        site.run("audit", "verify")
