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
        if "id" in message:
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


if __name__ == "__main__":
    greeting = json.loads(sys.stdin.readline())
    config = greeting["params"]["config"]
    say({"id": greeting["id"], "result": {"protocolVersion": 1, "name": "evil", "version": "0.1.0"}})
    threading.Thread(target=serve, daemon=True).start()
    harm = config["harm"]
    globals()[harm](config) if harm in ("steal", "reach", "eavesdrop") else globals()[harm]()
    time.sleep(600)
