"""The network of an adapter: the hosts its manifest names, through a proxy; a socket handed in; and nothing else."""

import json
import os
import re
import shutil
import signal
import socket
import threading

import pytest
from conftest import standing
from house_site import until
from test_walls import EVIL, evil


@pytest.fixture
def site():
    with standing() as site:
        yield site


@pytest.fixture
def server():
    """Answers what it hears, in capitals; its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            with link:
                heard = b""
                while piece := link.recv(4096):
                    heard += piece
                link.sendall(heard.upper())

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


def install(site, network, config: dict, **more):
    """Puts the evil adapter, with that network in its manifest, beside the honest one."""
    folder = site.folder / "evil"
    if not folder.exists():
        shutil.copytree(EVIL, folder)
    manifest = json.loads((folder / "adapter.json").read_text())
    manifest["needs"] = {"network": network}
    (folder / "adapter.json").write_text(json.dumps(manifest))
    if "core" in site.processes:
        site.kill("core", signal.SIGTERM)
    site.write_configuration()
    file = site.home / "lockbridge.yaml"
    entry = json.dumps({"path": str(folder), "config": config, **more})
    file.write_text(file.read_text().replace("adapters:\n", f"adapters:\n  evil: {entry}\n"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def log(site) -> str:
    return (site.folder / "core.log").read_text()


def test_named_hosts_are_reached_through_the_proxy_and_nothing_else_is(site, server):
    other = free_port()
    targets = {
        "named": f"localhost:{server}", "unnamed": f"localhost:{other}", "otherName": f"127.0.0.1:{server}",
        "upperCase": f"LOCALHOST:{server}", "closed": f"localhost:{1}",
    }
    install(site, {"egress": [f"localhost:{server}", "localhost:1"]}, {"harm": "reach", "targets": targets, "port": server})
    site.start_gateway()
    told = lambda: dict(re.findall(r"REACH (\w+) (.+?) child=", log(site)))
    if os.geteuid() != 0:
        until(lambda: evil(site)["state"] == "up", 20, "its start")
        assert "can be given by root alone" in " ".join(evil(site)["weaknesses"])
        return
    until(lambda: "over" in told(), 20, f"its attempts; so far {told()}")
    found = told()
    assert found["named"] == "HELLO" and found["upperCase"] == "HELLO"
    assert "403" in found["unnamed"] and "403" in found["otherName"] and "502" in found["closed"]
    attempts = dict(re.findall(r"ATTEMPT (\w+) (\w+)", log(site)))
    assert set(attempts) == {"direct", "datagram", "six", "otherport"} and "done" not in attempts.values(), attempts
    assert f"refused localhost:{other}" in log(site), "the operator can see what it tried"
    before = evil(site)["pid"]
    site.run("adapter", "restart", "evil")
    until(lambda: evil(site).get("pid") not in (None, before), 20, "its new process")
    until(lambda: log(site).count("REACH named HELLO") == 2, 20, "the network of its next life")


def test_a_listening_socket_is_handed_in_and_outlives_the_adapter(site):
    port = free_port()
    install(site, {"listen": True}, {"harm": "answer_calls"}, listen=f"127.0.0.1:{port}")
    site.start_gateway()

    def call() -> str:
        with socket.create_connection(("127.0.0.1", port), 30) as link:
            return link.recv(100).decode()

    until(lambda: evil(site)["state"] == "up", 20, "its start")
    first = call()
    assert first == f"pid {evil(site)['pid']}"
    os.kill(evil(site)["pid"], signal.SIGKILL)
    assert call() != first, "who calls meanwhile waits for its next life"


def test_a_listener_without_a_place_is_a_mistake_of_the_configuration(site):
    install(site, {"listen": True}, {"harm": "answer_calls"})
    refused = site.run("run", check=False)
    assert refused.returncode == 78 and "it listens: say where" in refused.stderr
    install(site, {"listen": True}, {"harm": "answer_calls"}, listen="somewhere")
    refused = site.run("run", check=False)
    assert refused.returncode == 78 and "can't be listened at" in refused.stderr
