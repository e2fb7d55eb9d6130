#!/usr/bin/env python3
"""The Python template with one fault: `wrong_adapter.py --wrong NAME`. Without a fault, `--wrong none`, it is the template itself.

It stands in a folder with a copy of the template. Each fault is small, and one a real adapter has had or will have; the table in
ConformanceTests tells the rule that has to catch it."""

import json
import os
import subprocess
import sys
import threading
import time

import lockbridge_adapter as library
import template_adapter as template
from lockbridge_adapter import Session, Host
from template_adapter import Link, TemplateAdapter

FAULTS = {}


def fault(function):
    FAULTS[function.__name__.replace("_", "-")] = function
    return function


def around(owner, name):
    """Replaces a method by one that gets the old one first."""

    def decorate(function):
        old = getattr(owner, name)
        setattr(owner, name, lambda *arguments, **named: function(old, *arguments, **named))
        return function

    return decorate


def say(text):
    if isinstance(text, str):
        text = text.encode()
    sys.stdout.buffer.write(text + b"\n")
    sys.stdout.buffer.flush()


LOG = '{"jsonrpc":"2.0","method":"log","params":{"level":"info","text":"hello"}}'


def on_add(action):
    @around(TemplateAdapter, "add")
    def add(old, *arguments):
        action()
        return old(*arguments)


def on_receive(method, action):
    """Has `action(session, message)` see each message of a method first; what it returns, unless None, is the outcome."""

    @around(Session, "receive")
    def receive(old, session, message):
        if message.get("method") == method:
            outcome = action(session, message)
            if outcome is not None:
                return outcome
        return old(session, message)


# Greeting


@fault
def none():
    pass


@fault
def another_version():
    TemplateAdapter.version = "0.0.9"


@fault
def says_something_first():
    say(LOG)


@fault
def accepts_any_version():
    @around(Session, "initialize")
    def initialize(old, session, call, params):
        return old(session, call, dict(params, protocolVersions=[1]))


@fault
def stays_without_a_version():
    @around(Session, "initialize")
    def initialize(old, session, call, params):
        old(session, call, params)
        return True


@fault
def exits_on_an_unknown_method():
    @around(Session, "receive")
    def receive(old, session, message):
        if "id" in message and message["method"] not in session.methods and message["method"] not in ("initialize", "health", "shutdown"):
            os._exit(1)
        return old(session, message)


@fault
def never_answers_an_unknown_method():
    @around(Session, "fail")
    def fail(old, session, call, code, message):
        if code != library.METHOD_NOT_FOUND:
            old(session, call, code, message)


@fault
def answers_a_notification():
    @around(Session, "receive")
    def receive(old, session, message):
        if "id" not in message:
            session.write({"jsonrpc": "2.0", "id": None, "error": {"code": -32601, "message": "unknown"}})
        return old(session, message)


@fault
def answers_health_late():
    on_receive("health", lambda session, message: time.sleep(1.5))


@fault
def never_answers_health():
    on_receive("health", lambda session, message: True)


@fault
def dies_of_a_cancel():
    @around(Session, "cancel")
    def cancel(old, session, id):
        session.open[id]


@fault
def does_not_check_members():
    library.need = lambda params, key, kind: params.get(key)


@fault
def reads_a_stranger():
    def read(session, message):
        if message["params"].get("lock") == "stranger":
            reading = {
                "bolt": "locked", "door": "closed", "battery": {"level": "ok"}, "jammed": False, "autoRelock": None,
                "observedAt": library.now(), "confirmedBy": "bolt",
            }
            session.write({"jsonrpc": "2.0", "id": message["id"], "result": reading})
            return True
        return None

    on_receive("lock.read", read)


# Lines


@fault
def takes_short_lines_only():
    library.MAXIMUM_LINE = 8192


@fault
def takes_shallow_lines_only():
    library.MAXIMUM_DEPTH = 8


@fault
def knows_numbers_as_ids_only():
    @around(Session, "write")
    def write(old, session, message):
        if isinstance(message.get("id"), str) and message["id"].isdigit():
            message["id"] = int(message["id"])
        old(session, message)


@fault
def dies_without_params():
    @around(Session, "receive")
    def receive(old, session, message):
        len(message["params"])
        return old(session, message)


@fault
def reads_ascii_only():
    @around(library, "parse")
    def parse(old, line):
        line.decode("ascii")
        return old(line)


@fault
def takes_a_piece_for_a_line():
    class Pieces:
        def readline(self, limit):
            piece = os.read(0, 1 << 20)
            return piece if piece.endswith(b"\n") or not piece else piece + b"\n"

    @around(Session, "__init__")
    def init(old, session, adapter):
        old(session, adapter, input=Pieces())


# The end


@fault
def dies_with_1():
    @around(Session, "run")
    def run(old, session):
        old(session)
        return 1


@fault
def hangs_at_shutdown():
    @around(Session, "run")
    def run(old, session):
        old(session)
        time.sleep(60)


@fault
def says_goodbye():
    @around(Session, "drain")
    def drain(old, session, shutdown):
        old(session, shutdown)
        if shutdown:
            say(LOG)


@fault
def outlives_its_input():
    @around(Session, "run")
    def run(old, session):
        status = old(session)
        while not os.read(0, 1):
            time.sleep(0.05)
        return status


@fault
def leaves_a_child():
    on_add(lambda: subprocess.Popen(
        ["/bin/sleep", "30"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True))


@fault
def leaves_a_zombie():
    kept = []
    on_add(lambda: kept.append(subprocess.Popen(["/bin/true"])))


# Speech


@fault
def noise():
    on_add(lambda: print("connecting to the lock...", flush=True))


@fault
def bad_utf8():
    on_add(lambda: say(LOG.encode().replace(b"hello", b"T\xfcr")))


@fault
def duplicate_keys():
    on_add(lambda: say(LOG.replace('"level":"info"', '"level":"info","level":"debug"')))


@fault
def huge_line():
    on_add(lambda: say(LOG.replace("hello", "x" * 70_000)))


@fault
def deep_line():
    on_add(lambda: say(LOG.replace('"hello"', "[" * 20 + "]" * 20)))


@fault
def batch():
    on_add(lambda: say("[" + LOG + "]"))


@fault
def fractions():
    on_add(lambda: say(LOG.replace('"hello"', '"hello","took":1.5')))


@fault
def blank_line():
    on_add(lambda: say(""))


@fault
def answers_twice():
    @around(Session, "write")
    def write(old, session, message):
        old(session, message)
        if "result" in message:
            old(session, message)


@fault
def id_never_issued():
    @around(Session, "write")
    def write(old, session, message):
        old(session, message)
        if "method" not in message:
            old(session, {"jsonrpc": "2.0", "id": "made-up", "result": {}})


@fault
def unknown_word():
    @around(TemplateAdapter, "read")
    def read(old, adapter, lock):
        return dict(old(adapter, lock), battery={"level": "fine"})


@fault
def member_missing():
    @around(TemplateAdapter, "read")
    def read(old, adapter, lock):
        reading = old(adapter, lock)
        del reading["confirmedBy"]
        return reading


@fault
def local_time():
    library.now = template.now = lambda: time.strftime("%Y-%m-%d %H:%M:%S")


@fault
def unknown_notification():
    on_add(lambda: say('{"jsonrpc":"2.0","method":"lock.changed","params":{"lock":"front"}}'))


@fault
def asks_before_it_is_greeted():
    @around(TemplateAdapter, "start")
    def start(old, *arguments):
        say('{"jsonrpc":"2.0","id":1,"method":"state.put","params":{"scope":"adapter","state":{}}}')
        old(*arguments)


@fault
def floods():
    def flood():
        for _ in range(80):
            say(LOG)

    on_add(flood)


# Adding


@fault
def cannot_unlock():
    @around(TemplateAdapter, "add")
    def add(old, *arguments):
        added = old(*arguments)
        added["capabilities"]["unlock"] = False
        return added


@fault
def adds_once():
    @around(TemplateAdapter, "add")
    def add(old, adapter, lock, state):
        if lock in adapter.links:
            raise library.AdapterError(library.BUSY, "known already")
        return old(adapter, lock, state)


@fault
def does_not_remove():
    on_receive("lock.remove", lambda session, message: session.write({"jsonrpc": "2.0", "id": message["id"], "result": {}}) or True)


@fault
def locks_when_removed():
    @around(TemplateAdapter, "remove")
    def remove(old, adapter, lock):
        adapter.ask(lock, {"do": "relock", "armed": False, "seconds": 30})
        old(adapter, lock)


# Operating


def change_drive(change):
    """Changes what is asked of the lock's motor."""

    @around(Link, "ask")
    def ask(old, link, request, *arguments, **named):
        if request["do"] == "drive":
            request = change(dict(request))
        return old(link, request, *arguments, **named)


def change_report(change):
    @around(TemplateAdapter, "operate")
    def operate(old, adapter, order):
        return change(order, old(adapter, order))


def made_up(order):
    return {"outcome": "done", "bolt": "locked" if order.action == "lock" else "unlocked", "door": "closed"}


@fault
def pairs_for_one_process():
    @around(TemplateAdapter, "choose")
    def choose(old, *arguments):
        paired = old(*arguments)
        paired["vendorState"]["process"] = os.getpid()
        return paired

    @around(TemplateAdapter, "add")
    def add(old, adapter, lock, vendor_state):
        if vendor_state and vendor_state.get("process") != os.getpid():
            raise library.AdapterError(library.NOT_PAIRED, "who is that?")
        return old(adapter, lock, vendor_state)


@fault
def pairs_with_nothing_it_can_use():
    @around(TemplateAdapter, "choose")
    def choose(old, *arguments):
        return dict(old(*arguments), vendorState={"key": None})

    @around(TemplateAdapter, "add")
    def add(old, adapter, lock, vendor_state):
        if vendor_state and not vendor_state["key"]:
            raise library.AdapterError(library.NOT_PAIRED, "no key")
        return old(adapter, lock, vendor_state)


@fault
def looks_once():
    @around(TemplateAdapter, "start_pairing")
    def start_pairing(old, adapter, *arguments):
        if getattr(adapter, "has_looked", False):
            raise library.AdapterError(library.BUSY, "still looking")
        adapter.has_looked = True
        return old(adapter, *arguments)


@fault
def pairs_with_whatever_is_said():
    @around(TemplateAdapter, "choose")
    def choose(old, adapter, candidate, desk):
        return old(adapter, adapter.path, desk)


@fault
def asks_in_colour():
    @around(library.Desk, "prompt")
    def prompt(old, desk, kind, text, *arguments, **named):
        return old(desk, kind, "\x1b[31m" + text, *arguments, **named)


@fault
def unlocks_without_a_motor():
    @around(TemplateAdapter, "operate")
    def operate(old, adapter, order):
        return made_up(order) if order.action == "unlock" else old(adapter, order)


@fault
def locks_without_a_motor():
    @around(TemplateAdapter, "operate")
    def operate(old, adapter, order):
        return made_up(order) if order.action == "lock" else old(adapter, order)


@fault
def moves_twice_for_one_operation():
    change_drive_twice()


def change_drive_twice():
    @around(Link, "ask")
    def ask(old, link, request, *arguments, **named):
        answer = old(link, request, *arguments, **named)
        if request["do"] == "drive":
            answer = old(link, request)
        return answer


@fault
def forgets_operation_ids():
    Session.remember = lambda session, known, order, result: setattr(known, "running", None)


@fault
def sends_a_repeat_while_it_runs():
    def operate(session, message):
        known = session.locks.get(message["params"].get("lock"))
        if known and known.running and known.running.order.operation == message["params"]["operation"]:
            link = next(iter(session.adapter.links.values()))
            link.send({"do": "drive", "action": message["params"]["action"], "n": 9999})

    on_receive("lock.operate", operate)


@fault
def takes_an_id_for_any_action():
    @around(Session, "lock_operate")
    def lock_operate(old, session, call, params):
        known = session.locks.get(params.get("lock"))
        if known and params.get("operation") in known.outcomes:
            return session.answer(call, known.outcomes[params["operation"]][1])
        old(session, call, params)


@fault
def queues_a_second_operation():
    @around(Session, "lock_operate")
    def lock_operate(old, session, call, params):
        known = session.locks.get(params.get("lock"))
        if known and known.running and known.running.order.operation != params["operation"]:
            def later():
                while known.running:
                    time.sleep(0.01)
                old(session, call, params)

            threading.Thread(target=later, daemon=True).start()
        else:
            old(session, call, params)


@fault
def remembers_sixteen():
    library.REMEMBERED_OPERATIONS = 16


@fault
def fails_where_it_is_there():
    @around(TemplateAdapter, "operate")
    def operate(old, adapter, order):
        there = {"lock": "locked", "unlock": "unlocked"}[order.action]
        state = adapter.read(order.lock)
        if state["bolt"] == there:
            return {"outcome": "failed", "bolt": there, "door": state["door"], "reason": "unsupported"}
        return old(adapter, order)


@fault
def takes_an_unknown_action_for_lock():
    @around(Session, "lock_operate")
    def lock_operate(old, session, call, params):
        if params.get("action") == "explode":
            params["action"] = "unlock"
        old(session, call, params)


@fault
def clamps_open_seconds():
    @around(Session, "lock_operate")
    def lock_operate(old, session, call, params):
        if "openSeconds" in params:
            params["openSeconds"] = max(1, min(600, params["openSeconds"]))
        old(session, call, params)


@fault
def unlocks_for_unlatch():
    @around(Session, "lock_operate")
    def lock_operate(old, session, call, params):
        if params.get("action") == "unlatch":
            params["action"] = "unlock"
        old(session, call, params)


@fault
def unlatches_twice():
    @around(TemplateAdapter, "add")
    def add(old, *arguments):
        added = old(*arguments)
        added["capabilities"]["unlatch"] = True
        return added

    change_drive_twice()


@fault
def takes_short_operation_ids_only():
    @around(Session, "lock_operate")
    def lock_operate(old, session, call, params):
        if len(params.get("operation", "")) > 36:
            raise library.AdapterError(library.INVALID_PARAMS, "operation: too long")
        old(session, call, params)


# Trouble


@fault
def answers_before_the_motor_stops():
    @around(TemplateAdapter, "operate")
    def operate(old, adapter, order):
        threading.Thread(target=old, args=(adapter, order), daemon=True).start()
        time.sleep(0.05)
        return made_up(order)


@fault
def done_on_a_jam():
    change_report(lambda order, report: made_up(order) if report.get("reason") == "lockJammed" else report)


@fault
def jam_without_its_reason():
    change_report(lambda order, report: dict(report, reason="adapterFailed") if report.get("reason") == "lockJammed" else report)


@fault
def tries_a_jam_again():
    @around(TemplateAdapter, "operate")
    def operate(old, adapter, order):
        report = old(adapter, order)
        if report["outcome"] == "failed":
            adapter.ask(order.lock, {"do": "drive", "action": order.action})
        return report


@fault
def hides_a_jam():
    @around(TemplateAdapter, "read")
    def read(old, adapter, lock):
        return dict(old(adapter, lock), jammed=False)


@fault
def repeats_blindly():
    @around(TemplateAdapter, "operate")
    def operate(old, adapter, order):
        for _ in range(3):
            report = old(adapter, order)
            if report["outcome"] == "done":
                return report
        return report


@fault
def error_after_sending():
    def check(order, report):
        if report["outcome"] == "failed":
            order.is_committed = False
            raise library.AdapterError(library.UNREACHABLE, "refused")
        return report

    change_report(check)


@fault
def locked_though_the_door_blocks():
    change_report(lambda order, report: made_up(order) if report.get("reason") == "doorOpen" else report)


# Time


@fault
def ignores_the_ttl():
    @around(Session, "lock_operate")
    def lock_operate(old, session, call, params):
        old(session, call, dict(params, ttlMilliseconds=library.LONGEST_TTL))


@fault
def calls_a_timeout_failed():
    @around(Session, "end_operation")
    def end_operation(old, session, running, report=None, error=None):
        if report and report["outcome"] == "unknown":
            report = dict(report, outcome="failed", reason="timeout")
        old(session, running, report=report, error=error)


@fault
def sends_after_its_answer():
    @around(TemplateAdapter, "operate")
    def operate(old, adapter, order):
        threading.Timer(0.15, lambda: adapter.links[order.lock].send({"do": "drive", "action": order.action, "n": 9999})).start()
        raise library.AdapterError(library.EXPIRED, "too late")


@fault
def no_health_while_busy():
    def health(session, message):
        while any(known.running for known in session.locks.values()):
            time.sleep(0.01)

    on_receive("health", health)


@fault
def error_for_a_cancel():
    @around(Session, "cancel")
    def cancel(old, session, id):
        call = session.open.get(id)
        if call:
            session.fail(call, library.CANCELLED, "cancelled")


@fault
def forgets_what_is_open_at_shutdown():
    @around(Session, "drain")
    def drain(old, session, shutdown):
        with session.mutex:
            session.open = {shutdown.id: shutdown} if shutdown else {}
        old(session, shutdown)


@fault
def tries_again_when_the_lock_is_silent():
    @around(TemplateAdapter, "operate")
    def operate(old, adapter, order):
        request = {"do": "drive", "action": order.action, "operation": order.operation}
        for _ in range(3):
            try:
                adapter.links[order.lock].ask(request, seconds=0.2, before_send=lambda: order.is_committed or order.commit())
                return made_up(order)
            except library.AdapterError:
                continue
        return {"outcome": "unknown", "bolt": "unknown", "door": "unknown", "reason": "timeout"}


# Reading


@fault
def reads_from_a_cache():
    cache = {}

    @around(TemplateAdapter, "read")
    def read(old, adapter, lock):
        if lock not in cache:
            cache[lock] = old(adapter, lock)
        return dict(cache[lock], observedAt=library.now())

    change_report(lambda order, report: cache.get(order.lock, {}).update(bolt=report["bolt"]) or report)


@fault
def reads_an_old_time():
    @around(TemplateAdapter, "read")
    def read(old, adapter, lock):
        return dict(old(adapter, lock), observedAt="2020-01-01T00:00:00.000Z")


@fault
def reads_a_running_motor_as_there():
    @around(TemplateAdapter, "read")
    def read(old, adapter, lock):
        reading = old(adapter, lock)
        return dict(reading, bolt="locked") if reading["bolt"] == "moving" else reading


@fault
def tells_nothing():
    Host.observed = lambda *arguments, **named: None


@fault
def tells_everything_twice():
    @around(Host, "observed")
    def observed(old, *arguments, **named):
        old(*arguments, **named)
        old(*arguments, **named)


@fault
def tells_the_state_before():
    @around(Host, "observed")
    def observed(old, host, lock, bolt, *arguments, **named):
        old(host, lock, {"locked": "unlocked", "unlocked": "locked"}.get(bolt, bolt), *arguments, **named)


@fault
def tells_its_own_operations():
    @around(TemplateAdapter, "tell")
    def tell(old, adapter, lock, event):
        old(adapter, lock, dict(event, operation=None))


@fault
def tells_no_door():
    @around(TemplateAdapter, "tell")
    def tell(old, adapter, lock, event):
        if event["source"] != "unspecified":
            old(adapter, lock, event)


@fault
def tells_no_actor():
    @around(Host, "observed")
    def observed(old, *arguments, **named):
        old(*arguments, **dict(named, actor=None))


# Dropping


@fault
def ignores_drop():
    TemplateAdapter.drop = lambda adapter, lock: None


@fault
def drop_waits_for_the_motor():
    @around(Session, "lock_drop")
    def lock_drop(old, session, call, params):
        def later():
            while session.locks[params["lock"]].running:
                time.sleep(0.01)
            old(session, call, params)

        threading.Thread(target=later, daemon=True).start()


@fault
def drop_forgets_outcomes():
    @around(Session, "lock_drop")
    def lock_drop(old, session, call, params):
        session.locks[params["lock"]].outcomes.clear()
        old(session, call, params)


# Codes


@fault
def writes_no_code():
    TemplateAdapter.set_code = lambda adapter, lock, slot, code: "set"


@fault
def clears_no_code():
    TemplateAdapter.clear_code = lambda adapter, lock, slot: "cleared"


@fault
def believes_a_code_is_set():
    def set_code(adapter, lock, slot, code):
        adapter.ask(lock, {"do": "code", "slot": slot, "code": code})
        return "set"

    TemplateAdapter.set_code = set_code


@fault
def calls_a_masked_code_failed():
    @around(TemplateAdapter, "set_code")
    def set_code(old, *arguments):
        return {"unverified": "failed"}.get(old(*arguments), "set")


@fault
def checks_no_slot():
    @around(Session, "code_params")
    def code_params(old, session, params):
        lock, slot, limits = old(session, dict(params, slot=1))
        return lock, params["slot"], limits


@fault
def logs_a_code():
    @around(TemplateAdapter, "set_code")
    def set_code(old, adapter, lock, slot, code):
        print(f"writing {code} to slot {slot}", file=sys.stderr, flush=True)
        return old(adapter, lock, slot, code)


@fault
def leaves_codes_behind():
    TemplateAdapter.unpair = TemplateAdapter.remove


# Auto-relock


@fault
def lies_about_the_auto_relock():
    @around(TemplateAdapter, "read")
    def read(old, adapter, lock):
        reading = old(adapter, lock)
        return dict(reading, autoRelock=dict(reading["autoRelock"], armed=True, seconds=5))


@fault
def sets_no_auto_relock():
    def configure(adapter, lock, armed, seconds):
        return {"state": "set", "autoRelock": {"armed": armed, "seconds": seconds, "waitsForDoor": False}}

    TemplateAdapter.configure = configure


@fault
def tells_an_auto_relock_as_a_hand():
    @around(TemplateAdapter, "tell")
    def tell(old, adapter, lock, event):
        old(adapter, lock, dict(event, source="manual") if event["source"] == "auto" else event)


@fault
def tells_a_relock_that_should_have_come():
    def later(adapter, order):
        relock = adapter.read(order.lock)["autoRelock"]
        if relock["armed"] and order.action == "unlock":
            timer = threading.Timer(relock["seconds"], lambda: adapter.host.observed(order.lock, "locked", "closed", "auto"))
            timer.daemon = True
            timer.start()

    @around(TemplateAdapter, "operate")
    def operate(old, adapter, order):
        report = old(adapter, order)
        later(adapter, order)
        return report


@fault
def forgets_open_seconds():
    change_drive(lambda request: dict(request, openSeconds=None))


# Links


@fault
def never_connects_again():
    Link.meet_again = lambda link: setattr(link, "path", "/nowhere")


@fault
def done_when_the_link_breaks():
    @around(TemplateAdapter, "operate")
    def operate(old, adapter, order):
        try:
            return old(adapter, order)
        except library.AdapterError:
            return made_up(order)


@fault
def sends_again_when_the_link_breaks():
    @around(Link, "ask")
    def ask(old, link, request, *arguments, **named):
        try:
            return old(link, request, *arguments, **named)
        except library.AdapterError:
            named["before_send"] = None
            return old(link, request, *arguments, **named)


@fault
def misses_what_it_did_not_hear():
    @around(Link, "send")
    def send(old, link, request):
        old(link, dict(request, after=None) if request["do"] == "attach" else request)


@fault
def reads_locked_until_it_heard_otherwise():
    heard = []

    @around(TemplateAdapter, "operate")
    def operate(old, adapter, order):
        heard.append(order)
        return old(adapter, order)

    @around(TemplateAdapter, "read")
    def read(old, adapter, lock):
        reading = old(adapter, lock)
        return reading if heard else dict(reading, bolt="locked")


@fault
def hangs_on_garbage():
    @around(Session, "give_up")
    def give_up(old, session, why):
        time.sleep(60)


@fault
def loses_one_request_of_a_hundred():
    received = []

    @around(Session, "receive")
    def receive(old, session, message):
        received.append(message)
        return True if len(received) % 100 == 0 else old(session, message)


@fault
def tells_without_a_pace():
    Host.BURST = 10_000


@fault
def loses_lines_when_nobody_reads():
    os.set_blocking(1, False)

    def write(session, message):
        with session.output_mutex:
            try:
                os.write(1, json.dumps(message).encode() + b"\n")
            except BlockingIOError:
                pass

    Session.write = write


if __name__ == "__main__":
    FAULTS[sys.argv[sys.argv.index("--wrong") + 1]]()
    library.run(TemplateAdapter())
