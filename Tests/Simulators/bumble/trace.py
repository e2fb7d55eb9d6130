"""What passed between the host under test and its controller, and where the host broke the rules."""

import collections
import time

KEPT = 8192


class Trace:
    """The newest packets, and every rule the host was seen to break."""

    def __init__(self):
        self.started = time.monotonic()
        self.packets = collections.deque(maxlen=KEPT)
        self.violations = []

    def packet(self, source, data):
        """Keeps one H4 packet; `source` is `host` or `controller`."""
        self.packets.append({"at": self.milliseconds(), "from": source, "hex": bytes(data).hex()})

    def violation(self, rule, detail=""):
        """Keeps a rule the host broke; the list is bounded, since a wrong host breaks one a thousand times."""
        if len(self.violations) < 1000:
            self.violations.append({"at": self.milliseconds(), "rule": rule, "detail": detail})

    def milliseconds(self):
        return round((time.monotonic() - self.started) * 1000, 1)

    def clear(self):
        self.packets.clear()
        self.violations.clear()
