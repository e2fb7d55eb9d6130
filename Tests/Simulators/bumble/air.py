"""The air between the controllers: connection events, supervision, loss, and PDUs that arrive wrong or not at all."""

import asyncio
import collections
import math

from bumble import ll
from bumble.core import PhysicalTransport
from bumble.link import LocalLink

SUPERVISION_TIMEOUT = 0x08
FAILED_TO_ESTABLISH = 0x3E


class Link:
    """One connection: two queues of what waits for the next connection event."""

    def __init__(self, lock, initiator, advertiser, timeout, started):
        self.lock = lock
        self.initiator = initiator
        self.advertiser = advertiser
        self.timeout = timeout
        self.started = started
        self.queues = {initiator: collections.deque(), advertiser: collections.deque()}
        self.scheduled = set()
        self.lost = False
        self.watch = None


class Air(LocalLink):
    """A virtual link on which a round trip costs connection events, and out of which a lock can go."""

    def __init__(self, interval, faults):
        super().__init__()
        self.interval = interval
        self.faults = faults
        self.links = []
        self.unreachable = set()

    # What the controllers call.

    def send_acl_data(self, sender_controller, destination_address, transport, data):
        """Takes a whole L2CAP PDU; unlike the stock link, the receiver sees the address the connection was made with."""
        if transport != PhysicalTransport.LE:
            return super().send_acl_data(sender_controller, destination_address, transport, data)
        connection = sender_controller.le_connections.get(destination_address)
        link = connection and self._link(connection.self_address, destination_address)
        if not link or len(data) < 4:
            return
        to = "lock" if connection.self_address == link.initiator else "host"
        cid = int.from_bytes(data[2:4], "little")
        fault = self.faults.meet_pdu(link.lock, to, cid, data[4:])
        pdus, refusal = fault.apply(data[4:]) if fault else ([data[4:]], None)
        for pdu in pdus:
            frame = len(pdu).to_bytes(2, "little") + data[2:4] + pdu
            self._enqueue(link, connection.self_address, lambda end, frame=frame: self._acl(end, frame))
        if refusal:
            frame = len(refusal).to_bytes(2, "little") + data[2:4] + refusal
            self._enqueue(link, destination_address, lambda end, frame=frame: self._acl(end, frame))

    def inject(self, lock, pdu, cid=4):
        """An L2CAP payload to the host that the lock never sent."""
        for link in self._links_of(lock):
            frame = len(pdu).to_bytes(2, "little") + cid.to_bytes(2, "little") + pdu
            self._enqueue(link, link.advertiser, lambda end: self._acl(end, frame))

    def _acl(self, end, frame):
        end.controller.on_link_acl_data(end.peer_address, PhysicalTransport.LE, frame)

    def send_advertising_pdu(self, sender_controller, packet):
        if sender_controller.name in self.unreachable:
            return
        if isinstance(packet, ll.ConnectInd):
            self._connect(packet)
        super().send_advertising_pdu(sender_controller, packet)

    def send_ll_control_pdu(self, sender_address, receiver_address, packet):
        link = self._link(sender_address, receiver_address)
        if link:
            self._enqueue(link, sender_address, lambda end: end.controller.on_ll_control_pdu(sender_address, packet))

    def after_event(self, connection, action):
        """Runs something once all that this end has queued was delivered."""
        link = self._link(connection.self_address, connection.peer_address)
        if link:
            self._enqueue(link, connection.self_address, action, local=True)

    # Trouble.

    def set_reachable(self, lock, reachable):
        """Takes a lock out of reach, or brings it back; if it is back before the supervision time-out, nothing was lost."""
        (self.unreachable.discard if reachable else self.unreachable.add)(lock)
        for link in self._links_of(lock):
            link.lost = not reachable
            if reachable:
                if link.watch:
                    link.watch.cancel()
                for address, queue in link.queues.items():
                    if queue:
                        self._schedule(link, address)
            else:
                self._supervise(link)

    def abandon(self, connection):
        """One end is gone without a word: the other one notices when its supervision time is over."""
        link = self._link(connection.self_address, connection.peer_address)
        connection.controller.le_connections.pop(connection.peer_address, None)
        if link:
            link.lost = True
            self._supervise(link)

    # Connections.

    def _connect(self, packet):
        loop = asyncio.get_running_loop()
        lock = next((c.name for c in self.controllers if c.advertises(packet.advertiser_address)), "")
        timeout = max(packet.timeout, 10) / 100
        link = Link(lock, packet.initiator_address, packet.advertiser_address, timeout, loop.time())
        self.links.append(link)
        loop.call_later(max(6 * self.interval, 0.05), self._establish, link)

    def _establish(self, link):
        """The advertiser took another central's connection, or went away: this one was never there."""
        if link in self.links and not self._end(link.advertiser, link.initiator):
            self._end_link(link, FAILED_TO_ESTABLISH)

    def _supervise(self, link):
        if link.watch:
            link.watch.cancel()
        link.watch = asyncio.get_running_loop().call_later(link.timeout, self._end_link, link, SUPERVISION_TIMEOUT)

    def _end_link(self, link, reason):
        self._forget(link)
        for own, peer in ((link.initiator, link.advertiser), (link.advertiser, link.initiator)):
            end = self._end(own, peer)
            if end:
                end.controller.on_le_disconnected(end, reason)

    def _forget(self, link):
        if link.watch:
            link.watch.cancel()
        if link in self.links:
            self.links.remove(link)

    def _links_of(self, lock):
        return [link for link in self.links if link.lock == lock]

    def _link(self, own, peer):
        return next((link for link in reversed(self.links) if own in link.queues and peer in link.queues), None)

    def _end(self, own, peer):
        """The connection as the controller with the address `own` sees it."""
        for controller in self.controllers:
            connection = controller.le_connections.get(peer)
            if connection and connection.self_address == own:
                return connection
        return None

    # Delivery, in order, at connection events.

    def _enqueue(self, link, sender, deliver, local=False):
        link.queues[sender].append((deliver, local))
        if not link.lost:
            self._schedule(link, sender)

    def _schedule(self, link, sender):
        if sender in link.scheduled:
            return
        link.scheduled.add(sender)
        loop = asyncio.get_running_loop()
        if self.interval == 0:
            loop.call_soon(self._flush, link, sender)
            return
        events = math.floor((loop.time() - link.started) / self.interval) + 1
        loop.call_at(link.started + events * self.interval, self._flush, link, sender)

    def _flush(self, link, sender):
        link.scheduled.discard(sender)
        receiver = link.advertiser if sender == link.initiator else link.initiator
        queue = link.queues[sender]
        while queue and not link.lost:
            deliver, local = queue.popleft()
            if local:
                deliver()
            elif end := self._end(receiver, sender):
                deliver(end)
        if not self._end(link.initiator, link.advertiser) and not self._end(link.advertiser, link.initiator):
            self._forget(link)
