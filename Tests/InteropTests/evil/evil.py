#!/usr/bin/python3
"""Answers `initialize` like an honest adapter, then does what its configuration says."""

import json
import os
import socket
import sys
import threading
import time


def say(message: dict):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def serve():
    """Goes on answering, so that only the harm itself can be held against it."""
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("id", 0) in range(100, 200) and "method" not in message:
            print(f"TRY {message['id']} {message.get('error', {}).get('code', 'done')}", file=sys.stderr, flush=True)
            continue
        if str(message.get("method", "")).startswith("radio."):
            print(f"HEARD {line.strip()}", file=sys.stderr, flush=True)
        if "method" not in message and isinstance(message["id"], str):
            print(f"ANSWER {message['id']} {message.get('error', {}).get('code', 'done')}", file=sys.stderr, flush=True)
        elif "id" in message:
            say({"id": message["id"], "result": {}})
            if message.get("method") == "shutdown":
                os._exit(0)


def attempt(name: str, action):
    try:
        action()
        result = "done"
    except Exception as error:  # noqa: BLE001: whatever stops it is the result
        result = type(error).__name__
    print(f"ATTEMPT {name} {result}", file=sys.stderr, flush=True)


def nothing():
    time.sleep(600)


def talk():
    """Writes to its logs, and has a secret kept, again and again."""
    for number in range(10_000):
        print(f"on stderr {number} \x1b[31m", file=sys.stderr, flush=True)
        say({"method": "log", "params": {"level": "warning", "text": f"by log {number}"}})
        say({"id": f"put-{number}", "method": "state.put", "params": {"scope": "adapter", "state": {"key": "hunter2"}}})
        time.sleep(1)


def fork_bomb():
    while True:
        try:
            if os.fork() == 0:
                os.setsid()
        except OSError:
            time.sleep(0.05)


def memory():
    kept = []
    while True:
        kept.append(bytearray(os.urandom(1 << 20)))


def memory_of_children():
    for _ in range(8):
        if os.fork() == 0:
            kept = bytearray(os.urandom(1 << 20)) * 40
            time.sleep(600)
            del kept
    time.sleep(600)


def descriptors():
    while True:
        try:
            os.open("/dev/null", os.O_RDONLY)
        except OSError:
            time.sleep(0.05)


def busy():
    for _ in range(8):
        threading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=True).start()
    while True:
        pass


def flood():
    while True:
        say({"method": "lock.observed", "params": {"lock": "front", "bolt": "unlocked", "door": "closed", "source": "remote", "at": "2026-01-01T00:00:00.000Z"}})


FLOODS = {
    "log": {"method": "log", "params": {"level": "info", "text": "x" * 1000}},
    "progress": {"method": "progress", "params": {"step": 1, "of": 2, "text": "x" * 1000}},
    "observed_of_another": {"method": "lock.observed", "params": {
        "lock": "back", "bolt": "locked", "door": "closed", "source": "auto", "at": "2026-01-01T00:00:00.000Z"}},
    "pair_found": {"method": "pair.found", "params": {"candidate": "c", "name": "n", "model": "m"}},
    "pair_progress": {"method": "pair.progress", "params": {"step": 1, "of": 2, "text": "x"}},
    "unheard_of": {"method": "un.heard", "params": {"x": "x" * 60_000}},
    "cancel": {"method": "$/cancel", "params": {"id": 1}},
    "not_a_child_s": {"method": "radio.advertisement", "params": {}},
}


def flood_of(kind: str):
    while True:
        say(FLOODS[kind])


def flood_of_requests():
    """Of every kind that has an answer, never waiting for one."""
    for number in range(1_000_000):
        say({"id": f"s{number}", "method": "state.put", "params": {"scope": "adapter", "state": {"x": "x" * 15_000}}})
        say({"id": f"b{number}", "method": "blob.put", "params": {"blob": "x", "offset": 0, "data": "A" * 40_000, "last": True}})
        say({"id": f"p{number}", "method": "prompt", "params": {"kind": "text", "text": "who are you?"}})
        say({"id": f"u{number}", "method": "un.heard", "params": {}})


def flood_of_answers():
    while True:
        say({"id": 1, "result": {"protocolVersion": 1, "name": "evil", "version": "0.1.0"}})


def does_not_read():
    """Leaves its standard input alone: whatever is asked waits there."""
    time.sleep(600)


def noise():
    while True:
        sys.stderr.write("x" * 5000 + "\n")


def long_line():
    sys.stdout.write("x" * 10_000_000)
    sys.stdout.flush()


def steal(config: dict):
    for name in ("seal", "key", "journal", "home", "neighbour"):
        path = config[name]
        attempt(name, lambda path=path: os.listdir(path) if os.path.isdir(path) else open(path, "rb").read())
    attempt("write", lambda: open(config["home"] + "/mine", "w"))
    attempt("internet", lambda: socket.create_connection(("127.0.0.1", config["port"]), 1))
    attempt("admin", lambda: socket.socket(socket.AF_UNIX).connect(config["admin"]))
    attempt("signal", lambda: os.kill(config["core"], 0))
    attempt("environ", lambda: open(f"/proc/{config['core']}/environ").read())
    attempt("memory", lambda: open(f"/proc/{config['core']}/mem", "rb"))
    attempt("own", lambda: open(os.environ["HOME"] + "/mine", "w").write("x"))


def through_proxy(target: str) -> str:
    """The status of a CONNECT, and what the far end says."""
    host, port = os.environ["HTTPS_PROXY"].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as link:
        link.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        head = link.recv(4096).split(b"\r\n")[0].decode()
        if " 200 " not in head:
            return head
        link.sendall(b"hello")
        link.shutdown(socket.SHUT_WR)
        said = b""
        while piece := link.recv(4096):
            said += piece
        return said.decode()


def reach(config: dict):
    for name, target in config["targets"].items():
        try:
            result = through_proxy(target)
        except OSError as error:
            result = type(error).__name__
        print(f"REACH {name} {result}", file=sys.stderr, flush=True)
    attempt("direct", lambda: socket.create_connection(("127.0.0.1", config["port"]), 1))
    attempt("datagram", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)))
    attempt("six", lambda: socket.create_connection(("::1", config["port"]), 1))
    attempt("otherport", lambda: socket.create_connection(("127.0.0.1", 3129), 1))
    print("REACH over now", file=sys.stderr, flush=True)


def eavesdrop(config: dict):
    """Tries another adapter's lock over the radio, with requests numbered from 100."""
    peer = {"address": config["peer"], "type": "random"}
    tries = [
        ("radio.connect", {"peer": peer, "security": "none"}), ("radio.filter", {"filters": [{}], "activity": "active"}),
        ("radio.filter", {"filters": [{}], "activity": "background"}), ("radio.pair", {"link": 1, "model": "justWorks"}),
        ("radio.read", {"link": 1, "characteristic": "4c420002-9e1a-4f5c-8d27-1b0a6e5f7c30"}),
        ("radio.write", {"link": 1, "characteristic": "4c420003-9e1a-4f5c-8d27-1b0a6e5f7c30", "value": "0201", "withResponse": True}),
        ("radio.disconnect", {"link": 1}), ("radio.drop", {"peer": peer}), ("radio.peers", {"peers": []}),
    ]
    for number, (method, params) in enumerate(tries):
        say({"id": 100 + number, "method": method, "params": params})


def answer_calls():
    listener = socket.socket(fileno=3)
    listener.setblocking(True)
    while True:
        link, _ = listener.accept()
        with link:
            link.sendall(f"pid {os.getpid()}".encode())


def other_adapter() -> int:
    """The process of another adapter, which /proc shows to everybody."""
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and b"lockbridge-adapter-loopback" in open(f"/proc/{name}/cmdline", "rb").read():
                return int(name)
        except OSError:
            pass
    return 0


def pry(config: dict):
    """What another adapter has: its state, its package, its folder, its process; and what the gateway might have left open."""
    attempt("inherited", lambda: OWN_DESCRIPTORS[0])
    for name in ("states", "state", "packages", "folder"):
        path = config[name]
        attempt(name, lambda path=path: os.listdir(path) if os.path.isdir(path) else open(path, "rb").read())
    attempt("write", lambda: open(config["folder"] + "/mine", "w"))
    other = other_adapter()
    for name in ("environ", "mem", "fd", "maps"):
        path = f"/proc/{other}/{name}"
        attempt(name, lambda path=path: os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1))
    attempt("signal", lambda: os.kill(other, 0) if other else None)
    attempt("own", lambda: open(os.environ["HOME"] + "/mine", "w").write("x"))


def as_another():
    """Puts state under a lock that another adapter drives, and under names that are paths; the answers are told on standard error."""
    say({"id": "state", "method": "state.put", "params": {"scope": "lock", "lock": "front", "state": {"key": "mine"}}})
    say({"id": "nobody", "method": "state.put", "params": {"scope": "lock", "lock": "../loopback/adapter", "state": {}}})
    say({"id": "blob", "method": "blob.put", "params": {"blob": "../x", "offset": 0, "data": "", "last": True}})
    time.sleep(600)


if __name__ == "__main__":
    OWN_DESCRIPTORS = [number for number in range(3, 64) if os.path.lexists(f"/proc/self/fd/{number}")]
    greeting = json.loads(sys.stdin.readline())
    config = greeting["params"]["config"]
    say({"id": greeting["id"], "result": {"protocolVersion": 1, "name": "evil", "version": "0.1.0"}})
    harm = config["harm"]
    if harm != "does_not_read":
        threading.Thread(target=serve, daemon=True).start()
    if harm in FLOODS:
        flood_of(harm)
    elif harm in ("steal", "reach", "eavesdrop", "pry"):
        globals()[harm](config)
    else:
        globals()[harm]()
    time.sleep(600)
