"""The parts of lockbridge_adapter.py that need no gateway; `lockbridge conform` tries the whole."""

import io
import json
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import lockbridge_adapter as library  # noqa: E402


class OneLock(library.Adapter):
    """A lock whose motor runs until it is let stop."""

    name, version = "one-lock", "1.0.0"

    def __init__(self):
        self.drives = 0
        self.may_stop = threading.Event()
        self.may_stop.set()
        self.has_begun = threading.Event()
        self.may_begin = threading.Event()
        self.may_begin.set()

    def add(self, lock, vendor_state):
        return {"capabilities": {"lock": True, "unlock": True, "timedUnlock": None}, "model": "One", "firmware": None}

    def operate(self, order):
        self.may_begin.wait(5)
        order.commit()
        self.drives += 1
        self.has_begun.set()
        self.may_stop.wait(5)
        return {"outcome": "done", "bolt": "locked" if order.action == "lock" else "unlocked", "door": "closed"}


class Conversation:
    """A session whose input and output are in this process."""

    def __init__(self):
        self.adapter = OneLock()
        self.output = io.BytesIO()
        self.session = library.Session(self.adapter, input=io.BytesIO(), output=self.output)
        self.number = 0
        self.ask("initialize", {"protocolVersions": [1], "gateway": "g", "config": {}})
        self.ask("lock.add", {"lock": "front"})

    def send(self, method, params):
        self.number += 1
        self.session.receive({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params})
        return self.number

    def answer(self, id, seconds=5.0):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in self.output.getvalue().splitlines():
                message = json.loads(line)
                if message.get("id") == id:
                    return message
            threading.Event().wait(0.002)
        raise AssertionError(f"no answer to {id}")

    def ask(self, method, params):
        return self.answer(self.send(method, params))

    def order(self, operation, action="unlock", ttl=5000):
        return self.send("lock.operate", {"lock": "front", "operation": operation, "action": action, "ttlMilliseconds": ttl})


class Operating(unittest.TestCase):
    def setUp(self):
        self.talk = Conversation()

    def test_the_same_operation_moves_once(self):
        first = self.talk.answer(self.talk.order("a"))["result"]
        self.assertEqual(self.talk.answer(self.talk.order("a"))["result"], first)
        self.assertEqual(self.talk.adapter.drives, 1)

    def test_an_operation_taken_back_in_time_is_an_error_and_can_be_tried_again(self):
        self.talk.adapter.may_begin.clear()
        id = self.talk.order("a")
        self.talk.session.receive({"jsonrpc": "2.0", "method": "$/cancel", "params": {"id": id}})
        self.assertEqual(self.talk.answer(id)["error"]["code"], library.CANCELLED)
        self.talk.adapter.may_begin.set()
        self.assertEqual(self.talk.answer(self.talk.order("a"))["result"]["outcome"], "done")
        self.assertEqual(self.talk.adapter.drives, 1)

    def test_past_its_ttl_an_operation_under_way_is_unknown(self):
        self.talk.adapter.may_stop.clear()
        result = self.talk.answer(self.talk.order("a", ttl=60))["result"]
        self.talk.adapter.may_stop.set()
        self.assertEqual((result["outcome"], result["reason"]), ("unknown", "timeout"))

    def test_past_its_ttl_an_operation_not_begun_is_an_error_and_never_moves(self):
        self.talk.adapter.may_begin.clear()
        error = self.talk.answer(self.talk.order("a", ttl=60))["error"]
        self.talk.adapter.may_begin.set()
        self.assertEqual(error["code"], library.EXPIRED)
        self.assertEqual(self.talk.answer(self.talk.order("b", action="lock"))["result"]["outcome"], "done")
        self.assertEqual(self.talk.adapter.drives, 1)

    def test_another_operation_while_one_runs_is_busy(self):
        self.talk.adapter.may_stop.clear()
        first = self.talk.order("a")
        self.talk.adapter.has_begun.wait(5)
        self.assertEqual(self.talk.answer(self.talk.order("b"))["error"]["code"], library.BUSY)
        self.talk.adapter.may_stop.set()
        self.assertEqual(self.talk.answer(first)["result"]["outcome"], "done")


class Lines(unittest.TestCase):
    def test_what_readers_disagree_about_is_refused(self):
        for line in [
            b'{"jsonrpc":"2.0","a":1,"a":2}', b'{"jsonrpc":"2.0","a":1.5}', b'{"jsonrpc":"2.0","a":NaN}', b"[]", b"{}", b"",
            b'{"jsonrpc":"2.0","a":"\xff"}', b'{"jsonrpc":"2.0","a":' + b"[" * 16 + b"]" * 16 + b"}",
        ]:
            with self.subTest(line), self.assertRaises(ValueError):
                library.parse(line)

    def test_a_line_sixteen_deep_is_taken(self):
        self.assertEqual(library.depth(library.parse(b'{"jsonrpc":"2.0","a":' + b"[" * 15 + b"]" * 15 + b"}")), 16)


class Pace(unittest.TestCase):
    def test_forty_notifications_go_at_once_and_of_those_that_wait_the_newest(self):
        written = []
        host = library.Host(written.append, lambda *_: {})
        for number in range(100):
            host.observed("front", "locked", "closed", battery={"percent": number, "level": "ok"})
        end = time.monotonic() + 5
        while not any(m["params"]["battery"]["percent"] == 99 for m in list(written)) and time.monotonic() < end:
            threading.Event().wait(0.01)
        host.close()
        self.assertEqual(written[-1]["params"]["battery"]["percent"], 99)
        self.assertLessEqual(len(written), 50)


if __name__ == "__main__":
    unittest.main()
