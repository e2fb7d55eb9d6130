"""What an author of an adapter works with: a prompt, recordings that are said again, and schemas that every line keeps to."""

import json
import os
import pathlib
import pty
import re
import shutil
import stat
import subprocess

import jsonschema
import pytest
import referencing
from house_site import BIN, ROOT

TEMPLATE = ROOT / "adapters" / "template-python"
SCHEMAS = {path.name: json.loads(path.read_text()) for path in (ROOT / "adapters" / "schema").glob("*.json")}
REGISTRY = referencing.Registry().with_resources([(name, referencing.Resource.from_contents(schema)) for name, schema in SCHEMAS.items()])
SESSION = """\
# The first unlock
add front
operate front unlock
read front
device turn lock
operate front unlock openSeconds=2
{"jsonrpc":"2.0","id":"mine","method":"health"}
drop front
"""


def adapter(*arguments, **options) -> subprocess.CompletedProcess:
    return subprocess.run([str(BIN / "lockbridge"), "adapter", *map(str, arguments)], capture_output=True, text=True, timeout=120, **options)


def validator(reference: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({"$ref": reference}, registry=REGISTRY)


def test_a_piped_session_says_each_line_after_the_answer_to_the_one_before():
    done = adapter("run", TEMPLATE, input=SESSION)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout, "colour belongs on a terminal"
    lines = [line for line in done.stdout.splitlines() if line[0] in "><"]
    answered = [re.match(r"[<>] (\S+)", line).group(1) for line in lines]
    assert answered[::2] == answered[1::2], "each question is followed by its answer"
    assert '> 3 lock.operate {"lock":"front","action":"unlock","operation":"run-1","ttlMilliseconds":2500}' in lines
    assert any(re.match(r'< 3 \{"operation":"run-1","outcome":"done","bolt":"unlocked","door":"closed"\}  \d+ ms$', line) for line in lines)
    assert '* lock.observed {"lock":"front","bolt":"locked","door":"closed","source":"manual"' in done.stdout
    assert '= {"ok":true,"bolt":"locked"' in done.stdout
    assert any(line.startswith("< mine {}") or line.startswith('< "mine" {}') for line in lines)


def test_programs_get_the_lines_as_they_are_recorded(tmp_path):
    record = tmp_path / "session.jsonl"
    done = adapter("run", TEMPLATE, "--json", "--record", record, input=SESSION)
    assert done.returncode == 0
    assert done.stdout == record.read_text()
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["from"] for line in lines} == {"core", "adapter", "hand", "device"}
    assert [line["ms"] for line in lines] == sorted(line["ms"] for line in lines)
    assert stat.S_IMODE(record.stat().st_mode) == 0o600, "codes may stand in it"


@pytest.mark.parametrize("line, code, says", [
    ("fly", 64, "there is no `fly`"),
    ("read", 64, "names a lock"),
])
def test_a_line_that_is_not_understood_ends_a_piped_session(line, code, says):
    done = adapter("run", TEMPLATE, input=line + "\n")
    assert done.returncode == code and says in done.stderr


def test_an_adapter_that_ends_by_itself_is_told(tmp_path):
    folder = tmp_path / "short"
    shutil.copytree(TEMPLATE, folder)
    (folder / "template_adapter.py").write_text("#!/bin/sh\necho out of luck >&2\nexit 3\n")
    done = adapter("run", folder, input="")
    assert done.returncode == 1 and "out of luck" in done.stderr


def test_a_configuration_of_ones_own_takes_the_place_of_the_stand_in(tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"socket": str(tmp_path / "nowhere.sock")}))
    done = adapter("run", TEMPLATE, "--config", config, input="add front\n")
    assert '"code":1000' in done.stdout and done.returncode == 0
    config.write_text("[]")
    assert adapter("run", TEMPLATE, "--config", config, input="").returncode == 78


def test_on_a_terminal_tab_completes_and_the_line_stands_below_what_is_shown():
    master, slave = pty.openpty()
    session = subprocess.Popen(
        [str(BIN / "lockbridge"), "adapter", "run", str(TEMPLATE)], stdin=slave, stdout=slave, stderr=slave, close_fds=True,
        env={**os.environ, "TERM": "xterm"})
    os.close(slave)
    seen = b""

    def until(text: bytes):
        nonlocal seen
        while text not in seen:
            seen += os.read(master, 65_536)
        seen = seen.split(text, 1)[1]

    until(b"< 1 ")
    os.write(master, b"add front\r")
    until(b"< 2 ")
    os.write(master, b"oper\tfr\tunlo\t\r")
    until(b'> 3 lock.operate {"lock":"front","action":"unlock"')
    until(b'"outcome":"done"')
    os.write(master, b"read\x1b[A\x1b[A\r")
    until(b"> 4 lock.add")
    os.write(master, b"fly\r")
    until(b"there is no `fly`")
    os.write(master, b"\x04")
    assert session.wait(10) == 0
    os.close(master)


def test_a_recording_said_again_is_no_difference_and_another_adapter_shows_each(tmp_path):
    record = tmp_path / "session.jsonl"
    assert adapter("run", TEMPLATE, "--record", record, input=SESSION).returncode == 0
    same = adapter("replay", record, TEMPLATE)
    assert (same.returncode, same.stdout) == (0, "No difference.\n"), same.stdout
    changed = tmp_path / "changed"
    shutil.copytree(TEMPLATE, changed)
    program = changed / "template_adapter.py"
    program.write_text(program.read_text().replace('"confirmedBy": "boltAndDoor"', '"confirmedBy": "assumed"').replace('event["source"], actor', '"remote", actor'))
    found = adapter("replay", record, changed, "--json")
    assert found.returncode == 1
    differences = json.loads(found.stdout)["differences"]
    assert [difference["what"] for difference in differences] == ['request 4, lock.read {"lock":"front"}', "lock.observed 1"]
    assert '"boltAndDoor"' in differences[0]["was"] and '"assumed"' in differences[0]["now"]
    text = adapter("replay", record, changed).stdout
    assert "\n- {" in text and "\n+ {" in text


@pytest.mark.parametrize("text, says", [("{}\n", "line 1: ms is missing"), ("no json", "line 1")])
def test_a_recording_that_is_none_is_refused(tmp_path, text, says):
    record = tmp_path / "broken.jsonl"
    record.write_text(text)
    done = adapter("replay", record, TEMPLATE)
    assert done.returncode == 1 and says in done.stderr


# The schemas


def test_every_schema_is_one():
    for schema in SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("manifest", sorted(str(path.relative_to(ROOT)) for path in (ROOT / "adapters").glob("*/adapter.json")))
def test_every_manifest_keeps_to_its_schema(manifest):
    validator("manifest.json").validate(json.loads((ROOT / manifest).read_text()))


def held(lines: list[dict]) -> tuple[dict[str, int], list[str]]:
    """How often each schema was held, and every line of the adapter's that breaks one; what the core said counts where it got a result."""
    methods, questions, counts, broken = {}, {}, {}, []

    def hold(reference: str, value: dict):
        counts[reference] = counts.get(reference, 0) + 1
        for error in validator(reference).iter_errors(value):
            broken.append(f"{reference}: {error.message} in {json.dumps(value)[:300]}")

    def schema(method: str, part: str):
        name = f"{method.lstrip('$/')}.json"
        return f"{name}#/$defs/{part}" if part in SCHEMAS.get(name, {}).get("$defs", {}) else None

    for entry in lines:
        line = entry.get("line")
        if entry["from"] == "core" and line and "method" in line and "id" in line and isinstance(line["id"], (int, str)):
            # Each rule of the kit has a process of its own, which numbers from 1 again.
            methods[line["id"]], questions[line["id"]] = line["method"], line.get("params") or {}
        if entry["from"] != "adapter":
            continue
        if line is None:
            broken.append(f"no object: {entry['text']}")
            continue
        hold("line.json", line)
        if "method" in line:
            if reference := schema(line["method"], "params"):
                hold(reference, line.get("params") or {})
        elif "result" in line and (method := methods.get(line["id"])):
            if reference := schema(method, "result"):
                hold(reference, line["result"])
            if reference := schema(method, "params"):
                hold(reference, questions[line["id"]])
    return counts, broken


@pytest.mark.parametrize("name, more", [
    ("loopback", set()),
    ("template-python", {"code.set.json#/$defs/result", "code.list.json#/$defs/result", "unpair.json#/$defs/result"}),
])
def test_all_that_an_adapter_says_under_the_kit_keeps_to_the_schemas(tmp_path, name, more):
    record = tmp_path / "conform.jsonl"
    done = subprocess.run(
        [str(BIN / "lockbridge"), "conform", str(ROOT / "adapters" / name), "--record", str(record)], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout
    counts, broken = held([json.loads(line) for line in record.read_text().split("\n") if line])
    assert broken == []
    wanted = {f"{method}.json#/$defs/{part}" for method in ("lock.add", "lock.operate", "lock.read", "lock.configure", "lock.drop") for part in ("params", "result")}
    wanted |= {"initialize.json#/$defs/result", "lock.observed.json#/$defs/params", "health.json#/$defs/result"} | more
    assert wanted <= set(counts), wanted - set(counts)


@pytest.mark.parametrize("reference, value", [
    ("lock.observed.json", {"lock": "front", "bolt": "ajar", "door": "open", "source": "manual", "at": "2026-11-22T10:15:30.250Z"}),
    ("lock.read.json#/$defs/result", {"bolt": "locked"}),
    ("line.json", {"jsonrpc": "2.0", "id": 1, "result": {}, "error": {"code": 1, "message": ""}}),
    ("manifest.json", {**json.loads((TEMPLATE / "adapter.json").read_text()), "run": ["./../other"]}),
])
def test_what_breaks_the_protocol_breaks_its_schema(reference, value):
    assert not validator(reference).is_valid(value)
