"""`lockbridge run --trace` keeps what the machine was told; `lockbridge-sim --replay` decides it again, the same."""

import json
import os
import signal
import subprocess

import tokens
from house_site import BIN


def replay(file) -> subprocess.CompletedProcess:
    return subprocess.run([str(BIN / "lockbridge-sim"), "--replay", str(file)], capture_output=True, text=True, timeout=60)


def test_a_trace_is_decided_the_same_again_and_holds_no_token(site, tmp_path):
    trace = site.folder / "trace.jsonl"
    site.run("lock", "set", "front", "--title", "Blue door in Elm Street")
    site.kill("core", signal.SIGTERM)
    site.run_options = ["--trace", str(trace)]
    site.start_gateway()
    site.until_ready("front")
    shop = site.client("acme")
    grant = tokens.grant(site.alice, "acme", site.gateway, "front")
    site.run("grant", "add", "-", stdin=grant)
    command = tokens.command(site.acme, site.gateway, "front", grant, openSeconds=1)
    shop.publish("command", command)
    shop.reply(tokens.token_id(command), "secured")
    site.ask({"do": "set", "lock": "front", "door": "open"})
    shop.publish("command", tokens.command(site.acme, site.gateway, "front", grant))
    shop.publish("command", "not a token")
    site.ask({"do": "set", "lock": "front", "door": "closed"})
    site.kill("core", signal.SIGTERM)

    text = trace.read_text()
    assert os.stat(trace).st_mode & 0o777 == 0o600
    for secret in (grant.split(".")[2], command.split(".")[2], grant.split(".")[1], "Elm Street"):
        assert secret not in text
    done = replay(trace)
    assert done.returncode == 0, done.stdout
    lines = text.splitlines()
    assert f"{len(lines) - 1} inputs" in done.stdout

    changed = tmp_path / "changed.jsonl"
    steps = [json.loads(line) for line in lines]
    index = next(i for i, step in enumerate(steps) if any("drive front" in one and "unlock" in one for one in step["decisions"]))
    steps[index]["decisions"] = []
    changed.write_text("\n".join(json.dumps(step) for step in steps) + "\n")
    done = replay(changed)
    assert done.returncode == 1 and f"line {index + 1} is decided otherwise" in done.stdout
    cut = tmp_path / "cut.jsonl"
    cut.write_text(text[: len(text) // 2])
    assert replay(cut).returncode == 1
    assert replay(tmp_path / "missing").returncode == 1


def test_a_trace_never_overwrites_a_file(site):
    taken = site.folder / "taken"
    taken.write_text("mine")
    site.kill("core", signal.SIGTERM)
    done = site.run("run", "--trace", str(taken), check=False)
    assert done.returncode == 1 and "taken" in done.stderr
    assert taken.read_text() == "mine"
