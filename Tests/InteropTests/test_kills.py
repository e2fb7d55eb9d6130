"""kill -9 of each process in each state of a lock. Whatever was killed when: afterwards the lock itself says locked, and one command has moved the motor at most once.

CI kills five times in each state; LOCKBRIDGE_LONG=1 five times for each process and state. The judge is the virtual locks' own log.
"""

import concurrent.futures
import os
import signal

import pytest
import tokens
from broker import Bus
from house_site import Site, until
from puback_proxy import PubackProxy

STATES = ["unread", "closed", "accepted", "unlocking", "unlocked", "relocking", "secured", "alarm"]
PROCESSES = ["core", "bus", "adapter", "broker"]
IS_LONG = os.environ.get("LOCKBRIDGE_LONG") == "1"
TABLE: dict[tuple[str, str], list[str]] = {}


class Trial:
    """A site of its own, brought into a state, hurt, and judged."""

    def __init__(self, state: str, process: str):
        self.state, self.process = state, process
        motor = 1500 if state in ("unlocking", "relocking") else 50
        bus = Bus()
        self.proxy = PubackProxy(bus.port)
        bus.gateway_port = self.proxy.port
        self.site = Site(locks=(f"front:door:auto=120:motor={motor}",), buses=[bus])

    def run(self) -> str:
        try:
            self.prepare()
            command = self.reach()
            self.hurt()
            self.heal()
            return self.judge(command)
        finally:
            self.proxy.close()
            self.site.stop()

    def prepare(self):
        site = self.site
        site.start()
        self.shop, self.home = site.client("acme"), site.client("alice")
        self.grant = tokens.grant(site.alice, "acme", site.gateway, "front")
        site.run("grant", "add", "-", stdin=self.grant)

    def reach(self) -> str | None:
        """Brings the lock into the state, and returns the command that did."""
        site = self.site
        if self.state == "closed":
            return None
        if self.state == "unread":
            site.ask({"do": "set", "lock": "front", "unreachable": True})
            site.kill("core")
            site.start_gateway()
            return None
        if self.state == "accepted":
            self.proxy.hold()
        seconds = 1 if self.state in ("relocking", "secured", "alarm") else 30
        command = tokens.command(site.acme, site.gateway, "front", self.grant, openSeconds=seconds)
        jti = tokens.token_id(command)
        self.shop.publish("command", command)
        if self.state == "accepted":
            self.shop.reply(jti, "accepted")
        elif self.state == "unlocking":
            until(lambda: site.moves("front", "unlock") == 1, 10, "the motor's start")
        elif self.state == "unlocked":
            self.shop.reply(jti, "unlocked")
        elif self.state == "relocking":
            until(lambda: site.moves("front", "lock") == 1, 10, "the relock's start")
        elif self.state == "secured":
            self.shop.reply(jti, "secured")
        elif self.state == "alarm":
            self.shop.reply(jti, "unlocked")
            site.ask({"do": "set", "lock": "front", "door": "open"})
            assert self.home.event("lock.alarmRaised")["data"]["reason"] == "doorOpen"
        return command

    def hurt(self):
        site = self.site
        if self.process in ("core", "broker"):
            site.kill(self.process)
        else:
            os.kill(site.child_pid(self.process), signal.SIGKILL)

    def heal(self):
        site = self.site
        self.proxy.let_go()
        if self.process == "broker":
            site.start_broker()
        if self.process == "core":
            site.start_gateway()
        if self.state == "unread":
            site.ask({"do": "set", "lock": "front", "unreachable": False})
        if self.state == "alarm":
            assert site.ask({"do": "state", "lock": "front"})["bolt"] == "unlocked", "no motor against an open door"
            until(lambda: site.lock("front")["alarm"] is not None, 20, "the alarm's standing")
            site.ask({"do": "set", "lock": "front", "door": "closed"})

    def judge(self, command: str | None) -> str:
        site = self.site
        until(lambda: self.is_at_rest(), 60, f"{self.state}/{self.process}: the end\n{site.log('core')}")
        assert site.ask({"do": "state", "lock": "front"})["bolt"] == "locked"
        unlocks = site.moves("front", "unlock")
        if self.state == "accepted" and self.process == "core":
            assert unlocks == 0, "an unlock whose notice nobody acknowledged was sent"
        assert unlocks <= (1 if command else 0), f"{unlocks} unlocks"
        if command:
            self.sent_again(command)
            assert site.moves("front", "unlock") == unlocks, "the same command opened the door again"
        site.run("audit", "verify")
        return f"locked, {unlocks} unlock" + ("s" if unlocks != 1 else "")

    def is_at_rest(self) -> bool:
        if self.site.run("status", check=False).returncode != 0:
            return False
        lock = self.site.lock("front")
        return lock["phase"] == "closed" and lock["bolt"] == "locked" and lock.get("alarm") is None and not lock["owed"]

    def sent_again(self, command: str):
        """The same bytes once more: whatever the answer, it is final or stored, and nothing moves."""
        jti = tokens.token_id(command)
        until(lambda: any(bus["state"] == "connected" for bus in self.site.status()["buses"]), 30, "the bus")
        self.shop.forget()
        self.shop.publish("command", command)
        reply = self.shop.any_reply(jti, 30)
        assert reply["status"] in ("secured", "failed") or reply.get("reason") == "expired", reply


def processes_of(state: str) -> list[str]:
    return PROCESSES * 5 if IS_LONG else PROCESSES + ["core"]


@pytest.fixture(scope="module", autouse=True)
def table():
    yield
    lines = [f"{'state':<10}" + "".join(f"{process:>24}" for process in PROCESSES)]
    for state in STATES:
        cells = []
        for process in PROCESSES:
            results = TABLE.get((state, process), [])
            kinds = " / ".join(f"{results.count(kind)}x {kind}" for kind in sorted(set(results)))
            cells.append(f"{kinds:>24}")
        lines.append(f"{state:<10}" + "".join(cells))
    print("\n" + "\n".join(lines))


@pytest.mark.parametrize("state", STATES)
def test_whatever_is_killed_in_this_state_the_door_ends_locked_and_opens_once_at_most(state):
    with concurrent.futures.ThreadPoolExecutor(max_workers=5) as pool:
        trials = {pool.submit(Trial(state, process).run): process for process in processes_of(state)}
        for done in concurrent.futures.as_completed(trials):
            TABLE.setdefault((state, trials[done]), []).append(done.result())
