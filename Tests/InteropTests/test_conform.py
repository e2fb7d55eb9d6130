"""The partners' kit from the command line, and the guide's commands as they stand in it."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import xml.etree.ElementTree

import pytest
from house_site import BIN, ROOT, until

TEMPLATE = ROOT / "adapters" / "template-python"
GUIDE = (ROOT / "adapters" / "README.md").read_text()


def conform(*arguments, **kwargs) -> subprocess.CompletedProcess:
    return subprocess.run([str(BIN / "lockbridge"), "conform", *map(str, arguments)], capture_output=True, text=True, timeout=120, **kwargs)


@pytest.fixture
def wrong(tmp_path):
    """The template with a fault: it moves twice for one operation."""
    folder = tmp_path / "wrong"
    shutil.copytree(TEMPLATE, folder)
    shutil.copy(ROOT / "Tests" / "ConformanceTests" / "wrong" / "wrong_adapter.py", folder)
    manifest = json.loads((folder / "adapter.json").read_text())
    manifest["run"] = ["./wrong_adapter.py", "--wrong", "forgets-operation-ids"]
    (folder / "adapter.json").write_text(json.dumps(manifest))
    return folder


def test_each_rule_is_a_line_and_a_run_without_a_broken_one_exits_0():
    done = conform(TEMPLATE, "--only", "LB-L1-06", "--only", "LB-L1-15")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "template-python 0.1.0: 2 rules",
        "LB-L1-06  same operation twice: one motor command, one outcome … ok",
        "LB-L1-15  unlatch is done at unlatched, or unlocked once it has sprung back … not reached: this lock can't unlatch",
        "2 rules: 1 ok, 0 broken, 1 not reached",
    ]


def test_a_broken_rule_exits_1_and_says_what_was_seen(wrong):
    done = conform(wrong, "--only", "LB-L1-06")
    assert done.returncode == 1
    assert "LB-L1-06  same operation twice: one motor command, one outcome … BROKEN: an operation, another one and a repeat of the first sent 3" in done.stdout


def test_programs_get_json_and_junit(wrong):
    report = json.loads(conform(wrong, "--only", "LB-L1-06", "--only", "LB-L0-06", "--json").stdout)
    assert (report["adapter"], report["ok"], report["broken"], report["notReached"]) == ("template-python 0.1.0", 1, 1, 0)
    assert [(rule["id"], rule["level"], rule["result"]) for rule in report["rules"]] == [("LB-L0-06", "L0", "ok"), ("LB-L1-06", "L1", "broken")]
    suite = xml.etree.ElementTree.fromstring(conform(wrong, "--only", "LB-L1-06", "--junit").stdout.encode())
    assert suite.get("failures") == "1" and "3 motor commands" in suite.find("testcase/failure").get("message")


@pytest.mark.parametrize("arguments, code, says", [
    ([], 64, "say the adapter's folder"),
    (["/nowhere"], 78, "/nowhere/adapter.json"),
    ([TEMPLATE, "--only", "LB-L9-01"], 64, "`lockbridge conform --list` lists them"),
    ([TEMPLATE, "--level", "L7"], 64, "L7"),
])
def test_what_cannot_be_tried_is_told(arguments, code, says):
    done = conform(*arguments)
    assert done.returncode == code and says in done.stderr


def test_the_list_has_every_rule():
    lines = conform("--list").stdout.splitlines()
    assert len(lines) > 80 and all(re.match(r"LB-L[0-3]-\d\d  \S", line) for line in lines)


def test_the_template_s_own_tests_pass():
    done = subprocess.run(
        ["/usr/bin/python3", "-m", "unittest", "discover", "Tests"], cwd=TEMPLATE, env={"PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def blocks(heading: str) -> list[tuple[str, str]]:
    """The fenced blocks below a heading of the guide: their language and their text."""
    section = GUIDE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"```(\w*)\n(.*?)```", section, re.S)


class Shell:
    """One bash that runs block after block, as somebody who follows the guide would."""

    def __init__(self, folder: pathlib.Path, **environment: str):
        environment = {"PATH": f"{BIN}:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", **environment}
        self.process = subprocess.Popen(
            ["/bin/bash", "-e"], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True)
        self.process.stdin.write("trap 'echo \"--- failed\"' EXIT\n")

    def run(self, block: str) -> str:
        self.process.stdin.write(block + "\necho '--- done'\n")
        self.process.stdin.flush()
        text = ""
        for line in self.process.stdout:
            if line == "--- done\n":
                return text
            if line == "--- failed\n":
                break
            text += line
        raise AssertionError(f"{block}\n{text}")

    def end(self):
        """Ends the shell and what it started: its own session."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(10)


def test_the_guide_leads_to_the_first_unlocked_as_it_stands():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lb-"))
    folder.chmod(0o711)
    shell = Shell(folder)
    try:
        make, site, add, unlock = [text for language, text in blocks("Ten minutes to the first `unlocked`") if language == "sh"]
        assert " 0 broken, " in shell.run(make)
        shell.run(site)
        socket = folder / "home" / "run" / "admin.sock"
        until(lambda: socket.exists() and (folder / "device" / "bolt.sock").exists(), 20, "the gateway's start")
        assert "front" in shell.run(add)
        show = [str(BIN / "lockbridge"), "lock", "show", "front", "--json", "--home", str(folder / "home")]
        until(lambda: json.loads(subprocess.run(show, capture_output=True).stdout)["bolt"] == "locked", 20, "the first reading")
        states = re.findall(r"Z  (\w+)", shell.run(unlock))
        assert states == ["accepted", "unlocked", "secured"]
        typed, answers = [text for _, text in blocks("By hand")]
        assert [json.loads(line) for line in shell.run(typed).splitlines() if line.startswith("{")] == [json.loads(line) for line in answers.splitlines()]
        prompt, shown = [text for _, text in blocks("At a prompt")]
        said = shell.run(prompt)
        without_time = lambda text: re.sub(r"  \d+ ms", "", text)
        assert without_time(shown) in without_time(said) and said.endswith("No difference.\n"), said
        pack, add, operate = [text for _, text in blocks("Deliver it")]
        shell.run(pack)
        said = shell.run(add)
        assert (folder / "my-other.tar.sha256").read_text()[:64] in said and "my-other 0.1.0" in said and "+ device bolt.sock" in said, said
        view = [str(BIN / "lockbridge"), "adapter", "list", "--json", "--home", str(folder / "home")]
        states = lambda: {child["name"]: child["state"] for child in json.loads(subprocess.run(view, capture_output=True).stdout)["adapters"]}
        until(lambda: states()["my-other"] == "up", 20, "its start")
        assert "my-other is stopped" in shell.run(operate)
        until(lambda: states()["my-other"] == "up", 20, "its start")
        [(_, level)] = blocks("Get a level")
        shell.run(level)
        assert xml.etree.ElementTree.parse(folder / "conform.xml").getroot().get("failures") == "0"
    finally:
        shell.end()
        shutil.rmtree(folder, ignore_errors=True)


def test_the_swift_way_leads_to_an_adapter_that_conforms(tmp_path):
    swift = shutil.which("swift")
    assert swift, "no Swift toolchain on PATH"
    # AdapterKit and what it stands on is compiled once for all runs: SwiftPM's own variable names the folder.
    shell = Shell(
        tmp_path, PATH=f"{BIN}:{pathlib.Path(swift).parent}:/usr/bin:/bin", HOME=os.environ.get("HOME", "/root"),
        SWIFTPM_BUILD_DIR=str(ROOT / ".build" / "template-swift"))
    try:
        [(_, made)] = blocks("The Swift way")
        said = shell.run(made)
    finally:
        shell.end()
    assert "LB-L1-06  same operation twice: one motor command, one outcome … ok" in said and " 0 broken, " in said, said
    assert re.search(r"Test run with \d+ tests .*passed", said), said
    manifest = json.loads((tmp_path / "my-swift-lock" / "adapter.json").read_text())
    assert (manifest["name"], manifest["level"], manifest["run"]) == ("my-swift-lock", "L1", ["./bin/my-swift-lock"])
    texts = [path.read_text() for path in (tmp_path / "my-swift-lock").rglob("*") if path.is_file() and "bin" not in path.parts]
    assert len(texts) > 10 and not [text for text in texts if "template-swift" in text or "TemplateAdapter" in text]


@pytest.mark.parametrize("package, code, says", [
    ("/nowhere", 1, "/nowhere is no checkout of Lockbridge"),
    ('/tmp/"', 1, "can't stand in a Package.swift"),
])
def test_a_package_without_adapterkit_is_refused_and_nothing_is_made(tmp_path, package, code, says):
    done = subprocess.run(
        [str(BIN / "lockbridge"), "adapter", "new", "mine", "--language", "swift", "--package", package], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == code and says in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_git_address_stands_in_the_package_as_a_release(tmp_path):
    address = "https://git.example/lockbridge"
    subprocess.run(
        [str(BIN / "lockbridge"), "adapter", "new", "mine", "--language", "swift", "--package", address], cwd=tmp_path, check=True, capture_output=True)
    assert f'.package(url: "{address}", from: "0.1.0")' in (tmp_path / "mine" / "Package.swift").read_text()
    assert not (tmp_path / "mine" / "Package.resolved").exists()
