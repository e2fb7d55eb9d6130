"""A Z-Wave controller on a stick: the Serial API's functions, the nodes it let in, and the air to them."""

import asyncio
import collections

from serial_line import REQUEST, RESPONSE, SerialLine

(
    INIT_DATA, NODE_INFORMATION, COMMAND, CONTROLLER_CAPABILITIES, TIMEOUTS, CAPABILITIES, SOFT_RESET, STARTED, SEND_DATA, VERSION, ABORT, MEMORY_ID,
    PROTOCOL_INFO, DEFAULT, ASSIGN_ROUTE, DELETE_ROUTE, NEIGHBORS, UPDATE, ADD_NODE, REMOVE_NODE, ASSIGN_SUC_ROUTE, SET_SUC, GET_SUC, REQUEST_INFORMATION,
    REMOVE_FAILED, IS_FAILED, ROUTING,
) = (
    0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0A, 0x13, 0x15, 0x16, 0x20, 0x41, 0x42, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x51, 0x54, 0x56, 0x60, 0x61,
    0x62, 0x80,
)
FUNCTIONS = [
    INIT_DATA, NODE_INFORMATION, COMMAND, CONTROLLER_CAPABILITIES, TIMEOUTS, CAPABILITIES, SOFT_RESET, STARTED, SEND_DATA, VERSION, ABORT, MEMORY_ID,
    PROTOCOL_INFO, DEFAULT, ASSIGN_ROUTE, DELETE_ROUTE, NEIGHBORS, UPDATE, ADD_NODE, REMOVE_NODE, ASSIGN_SUC_ROUTE, SET_SUC, GET_SUC, REQUEST_INFORMATION,
    REMOVE_FAILED, IS_FAILED, ROUTING,
]
OK, NO_ACK, FAIL = 0, 1, 2
OWN = 1


def bits(numbers, length):
    mask = bytearray(length)
    for number in numbers:
        mask[(number - 1) // 8] |= 1 << (number - 1) % 8
    return bytes(mask)


class Stick:
    """A controller of the 500 series. `pace` shortens every wait of the air by that factor."""

    def __init__(self, home=b"\xde\xad\xbe\xef", pace=1.0):
        self.home, self.pace = home, pace
        self.nodes = {}
        self.line = None
        self.adding = self.removing = None
        self.faults = collections.Counter()
        self.tx_status = collections.deque()
        self.counts = collections.Counter()
        self.trace = collections.deque(maxlen=4000)
        self.transmitting = None
        self.awake = {}
        self.tasks = set()

    # The line.

    def attach(self, write):
        self.line = SerialLine(write, self.took, lambda way, data: self.trace.append((way, data.hex())), self.pace)
        return self.line

    def spawn(self, coroutine):
        task = asyncio.get_running_loop().create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def respond(self, function, payload=b""):
        if not self.fault("noResponse"):
            self.line.send(RESPONSE, function, payload)

    def tell(self, function, payload=b""):
        if self.line:
            self.line.send(REQUEST, function, payload)

    def fault(self, name):
        if self.faults[name] > 0:
            self.faults[name] -= 1
            return True
        return False

    def took(self, kind, function, payload):
        if kind != REQUEST:
            return
        self.counts[f"{function:02x}"] += 1
        handler = getattr(self, f"do_{function:02x}", None)
        if handler:
            handler(payload)

    # What it is.

    def do_02(self, payload):
        self.respond(INIT_DATA, bytes([5, 0x08, 29]) + bits([OWN, *self.nodes], 29) + bytes([5, 0]))

    def do_03(self, payload):
        pass

    def do_05(self, payload):
        self.respond(CONTROLLER_CAPABILITIES, bytes([0x1C if self.nodes else 0x3C]))

    def do_06(self, payload):
        self.respond(TIMEOUTS, bytes([0x96, 0x0F]))

    def do_07(self, payload):
        self.respond(CAPABILITIES, bytes([1, 0, 0x04, 0x7F, 0, 1, 0, 1]) + bits(FUNCTIONS, 32))

    def do_08(self, payload):
        self.spawn(self.restart(0x07))

    async def restart(self, reason):
        self.adding = self.removing = None
        await asyncio.sleep(0.1 * self.pace)
        self.tell(STARTED, bytes([reason, 0, 0x80, 0x02, 0x01, 0x01, 0x98, 0x00]))

    def do_15(self, payload):
        self.respond(VERSION, b"Z-Wave 4.05\0" + bytes([1]))

    def do_20(self, payload):
        self.respond(MEMORY_ID, self.home + bytes([OWN]))

    def do_41(self, payload):
        node = self.nodes.get(payload[0])
        if payload[0] == OWN:
            told = bytes([0xD3, 0x16, 0, 0x02, 0x02, 0x01])
        else:
            told = bytes([node.LISTENING, node.SECURITY, 0, *node.CLASSES]) if node else bytes(6)
        self.respond(PROTOCOL_INFO, told)

    def do_42(self, payload):
        self.nodes.clear()
        self.spawn(self.later(0.2, DEFAULT, payload[:1]))

    def do_56(self, payload):
        self.respond(GET_SUC, bytes([OWN]))

    def do_54(self, payload):
        self.respond(SET_SUC, b"\1")

    def do_80(self, payload):
        self.respond(ROUTING, bits([OWN] if payload[0] != OWN else list(self.nodes), 29))

    async def later(self, seconds, function, payload):
        await asyncio.sleep(seconds * self.pace)
        self.tell(function, payload)

    # Sending.

    def do_13(self, payload):
        node, length = payload[0], payload[1]
        command, callback = bytes(payload[2 : 2 + length]), payload[3 + length]
        if self.transmitting and not self.transmitting.done():
            return self.respond(SEND_DATA, b"\0")
        self.respond(SEND_DATA, b"\1")
        self.transmitting = asyncio.get_running_loop().create_task(self.transmit(node, command, callback))

    def do_16(self, payload):
        self.counts["aborted"] += 1
        if self.transmitting and not self.transmitting.done():
            self.transmitting.cancel()

    async def transmit(self, number, command, callback):
        status = NO_ACK
        try:
            status = await self.carry(number)
        except asyncio.CancelledError:
            pass
        node = self.nodes.get(number)
        if callback and not self.fault("noCallback"):
            self.tell(SEND_DATA, bytes([callback, status, 0, 5]))
        if status == OK and node and not self.fault("lostOnAir"):
            self.spawn(node.take(command))

    async def carry(self, number):
        """The beam and the hop; a transmit status."""
        if self.tx_status:
            return self.tx_status.popleft()
        node = self.nodes.get(number)
        now = asyncio.get_running_loop().time()
        if not node or node.out_of_reach:
            await asyncio.sleep(2.5 * self.pace)
            return NO_ACK
        if self.awake.get(number, 0) < now:
            self.counts["beams"] += 1
            await asyncio.sleep(1.05 * self.pace)
        await asyncio.sleep(0.05 * self.pace)
        self.awake[number] = asyncio.get_running_loop().time() + 1.2 * max(self.pace, 0.2)
        return OK

    async def from_node(self, number, command):
        """A node's frame to the controller."""
        await asyncio.sleep(0.05 * self.pace)
        if self.nodes.get(number) and not self.nodes[number].out_of_reach:
            self.awake[number] = asyncio.get_running_loop().time() + 1.2 * max(self.pace, 0.2)
            self.tell(COMMAND, bytes([0, number, len(command)]) + command)

    # Routes and failed nodes.

    def do_46(self, payload):
        self.respond(ASSIGN_ROUTE, b"\1")
        self.spawn(self.later(0.3, ASSIGN_ROUTE, bytes([payload[-1], OK])))

    def do_47(self, payload):
        self.respond(DELETE_ROUTE, b"\1")
        self.spawn(self.later(0.3, DELETE_ROUTE, bytes([payload[-1], OK])))

    def do_51(self, payload):
        self.respond(ASSIGN_SUC_ROUTE, b"\1")
        self.spawn(self.later(0.3, ASSIGN_SUC_ROUTE, bytes([payload[-1], OK])))

    def do_48(self, payload):
        self.tell(NEIGHBORS, bytes([payload[-1], 0x21]))
        self.spawn(self.later(1.0, NEIGHBORS, bytes([payload[-1], 0x22])))

    def do_60(self, payload):
        self.respond(REQUEST_INFORMATION, b"\1")
        self.spawn(self.inform(payload[0]))

    async def inform(self, number):
        status = await self.carry(number)
        node = self.nodes.get(number)
        if status == OK and node:
            told = node.information
            self.tell(UPDATE, bytes([0x84, number, len(told)]) + told)
        else:
            self.tell(UPDATE, bytes([0x81, 0, 0]))

    def do_61(self, payload):
        number, callback = payload[0], payload[1]
        node = self.nodes.get(number)
        if not node:
            return self.respond(REMOVE_FAILED, bytes([0x08]))
        self.respond(REMOVE_FAILED, b"\0")
        if node.out_of_reach:
            del self.nodes[number]
            self.spawn(self.later(1.0, REMOVE_FAILED, bytes([callback, 1])))
        else:
            self.spawn(self.later(1.0, REMOVE_FAILED, bytes([callback, 0])))

    def do_62(self, payload):
        node = self.nodes.get(payload[0])
        self.respond(IS_FAILED, bytes([1 if node and node.out_of_reach else 0]))

    # Letting nodes in and out.

    def do_4a(self, payload):
        mode, callback = payload[0] & 0x0F, payload[1] if len(payload) > 1 else 0
        if mode == 1:
            self.adding = callback
            self.tell(ADD_NODE, bytes([callback, 1, 0, 0]))
        elif mode in (5, 6):
            if self.adding is not None or callback:
                self.tell(ADD_NODE, bytes([callback, 6, 0, 0]))
            self.adding = None

    def do_4b(self, payload):
        mode, callback = payload[0] & 0x0F, payload[1] if len(payload) > 1 else 0
        if mode == 1:
            self.removing = callback
            self.tell(REMOVE_NODE, bytes([callback, 1, 0, 0]))
        elif mode == 5:
            if self.removing is not None or callback:
                self.tell(REMOVE_NODE, bytes([callback, 6, 0, 0]))
            self.removing = None

    async def press(self, node):
        """The button of a lock was pressed while nodes are let in or out; False where nobody listens."""
        if self.adding is not None and not node.node:
            callback, number = self.adding, next(n for n in range(2, 233) if n not in self.nodes)
            self.tell(ADD_NODE, bytes([callback, 2, 0, 0]))
            await asyncio.sleep(0.2 * self.pace)
            node.forget()
            node.node, node.including = number, node.supports_s0
            self.nodes[number] = node
            told = node.information
            self.tell(ADD_NODE, bytes([callback, 3, number, len(told)]) + told)
            await asyncio.sleep(0.2 * self.pace)
            self.tell(ADD_NODE, bytes([callback, 5, number, 0]))
            return True
        if self.removing is not None and node.node:
            callback, number = self.removing, node.node
            told = node.information
            self.tell(REMOVE_NODE, bytes([callback, 2, 0, 0]))
            self.tell(REMOVE_NODE, bytes([callback, 3, number, len(told)]) + told)
            self.nodes.pop(number, None)
            node.forget()
            self.tell(REMOVE_NODE, bytes([callback, 6, number, 0]))
            return True
        return False
