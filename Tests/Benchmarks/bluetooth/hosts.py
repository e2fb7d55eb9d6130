"""The hosts that are measured against each other: `lockbridge-ble` by its lines, Bumble's own host, and bleak over it.

Each opens and closes itself, and unlocks one lock: `cold` as if never met, `warm` with what it kept. They differ in what they can keep.
"""

import asyncio
import contextlib
import json
import pathlib
import time

from bleak import BleakClient
from bleak.backends.device import BLEDevice
from bumble import hci
from bumble.core import UUID
from bumble.device import Device, DeviceConfiguration, Peer
from bumble.keys import MemoryKeyStore
from bumble.transport import open_transport

import bleak_over_bumble

STATE = "4c420002-9e1a-4f5c-8d27-1b0a6e5f7c30"
COMMAND = "4c420003-9e1a-4f5c-8d27-1b0a6e5f7c30"
UNLOCK = bytes([2, 9])
PATIENCE = 30


def is_open(value):
    """A state that says unlocked, with the motor at rest."""
    return value[0] == 1 and not value[2] & 2


class Lockbridge:
    """`lockbridge-ble`, with this program for its core. Keeps bond and database, as the core does."""

    name = "lockbridge"
    keeps = True

    def __init__(self, program):
        self.program, self.count, self.asked, self.waiting, self.kept, self.links = program, 0, {}, [], {}, {}
        self.prepared = set()

    async def open(self, place):
        self.process = await asyncio.create_subprocess_exec(
            self.program, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20
        )
        self.reader = asyncio.create_task(self._read())
        up = self.next(lambda line: line.get("method") == "radio.status" and line["params"]["state"] == "up")
        limits = {"inFlight": 16, "observedPerSecond": 10, "lineBytes": 65536}
        await self.ask("initialize", protocolVersions=[1], gateway="gw-aaaaaaaaaaaaaaaa", config={"hci": f"tcp:{place}"}, limits=limits)
        await up

    async def close(self):
        self.process.stdin.close()
        await self.process.wait()
        await self.reader

    async def _read(self):
        async for text in self.process.stdout:
            line = json.loads(text)
            if "method" not in line:
                self.asked.pop(line["id"]).set_result(line)
                continue
            if line["method"] == "radio.peerState":
                self.kept[line["params"]["peer"]["address"]] = line["params"]["state"]
            for entry in [entry for entry in self.waiting if entry[0](line)]:
                self.waiting.remove(entry)
                entry[1].set_result(line)

    async def ask(self, method, **params):
        self.count += 1
        answer = self.asked[self.count] = asyncio.get_running_loop().create_future()
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": self.count, "method": method, "params": params}).encode() + b"\n")
        line = await asyncio.wait_for(answer, PATIENCE)
        if "error" in line:
            raise RuntimeError(f"{method}: {line['error']}")
        return line["result"]

    def next(self, matches):
        """The next line that matches, from now on."""
        future = asyncio.get_running_loop().create_future()
        self.waiting.append((matches, future))
        return asyncio.wait_for(future, PATIENCE)

    def processor(self):
        """Seconds of processor time so far."""
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9

    async def know(self, peers, warm):
        """What the core hands over at the start: its locks, with what is kept of each, or without."""
        entries = [{"peer": peer, **({"state": self.kept[peer["address"]]} if warm else {})} for peer in peers]
        await self.ask("radio.peers", peers=entries)

    async def pair(self, peer):
        link = (await self.ask("radio.connect", peer=peer, security="none"))["link"]
        await self.ask("radio.pair", link=link, model="justWorks")
        await self.ask("radio.discover", link=link)
        await self.ask("radio.disconnect", link=link)

    async def unlock(self, peer, warm, encrypted=False):
        link = (await self.ask("radio.connect", peer=peer, security="encrypted" if encrypted else "none", timeoutMilliseconds=30_000))["link"]
        self.links[peer["address"]] = link
        opened = self.next(
            lambda line: line["method"] == "radio.notified" and line["params"]["link"] == link and is_open(bytes.fromhex(line["params"]["value"]))
        )
        await self.ask("radio.subscribe", link=link, characteristic=STATE)
        await self.ask("radio.write", link=link, characteristic=COMMAND, value=UNLOCK.hex(), withResponse=True)
        await opened

    async def leave(self, peer):
        await self.ask("radio.disconnect", link=self.links.pop(peer["address"]))


class BumbleHost:
    """Bumble's host in this process, by hand. Warm, it has its handles and asks for no MTU: as little as can be said to the lock."""

    name = "Bumble"
    keeps = True

    def __init__(self):
        self.handles, self.links, self.turn, self.prepared = {}, {}, asyncio.Lock(), set()
        self.keys = MemoryKeyStore()

    async def open(self, place):
        self.stack = contextlib.AsyncExitStack()
        transport = await self.stack.enter_async_context(await open_transport(f"tcp-client:{place}"))
        configuration = DeviceConfiguration(name="central", address=hci.Address("F1:F2:F3:F4:F5:F6"), irk=bytes(range(16)))
        self.device = Device.from_config_with_hci(configuration, transport.source, transport.sink)
        self.device.keystore = self.keys
        await self.device.power_on()

    async def close(self):
        await self.stack.aclose()

    def processor(self):
        return time.process_time()

    async def know(self, peers, warm):
        pass

    async def _connect(self, peer):
        # One at a time: it has no queue of its own.
        async with self.turn:
            connection = await self.device.connect(hci.Address(peer["address"], hci.AddressType.RANDOM_DEVICE), timeout=PATIENCE)
        self.links[peer["address"]] = connection
        return connection

    async def pair(self, peer):
        connection = await self._connect(peer)
        await connection.pair()
        await self._find(Peer(connection), peer)
        await self.leave(peer)

    async def _find(self, client, peer):
        """Everything a client that knows nothing has to ask."""
        await client.request_mtu(247)
        for service in await client.discover_services():
            await service.discover_characteristics()
        state, command = (client.get_characteristics_by_uuid(UUID(each))[0] for each in (STATE, COMMAND))
        await state.discover_descriptors()
        cccd = state.get_descriptor(UUID.from_16_bits(0x2902)).handle
        self.handles[peer["address"]] = (state.handle, cccd, command.handle)

    async def unlock(self, peer, warm, encrypted=False):
        connection = await self._connect(peer)
        client = Peer(connection)
        if encrypted:
            await connection.encrypt()
        if not warm:
            await self._find(client, peer)
        state, cccd, command = self.handles[peer["address"]]
        opened = asyncio.get_running_loop().create_future()
        heard = client.gatt_client.notification_subscribers.setdefault(state, set())
        heard.add(lambda value: is_open(value) and not opened.done() and opened.set_result(None))
        await client.gatt_client.write_value(cccd, b"\x01\x00", with_response=True)
        await client.gatt_client.write_value(command, UNLOCK, with_response=True)
        await asyncio.wait_for(opened, PATIENCE)

    async def leave(self, peer):
        await self.links.pop(peer["address"]).disconnect()


class BleakHost:
    """Software written for bleak, which discovers everything each time. Its radio is Bumble's host, in this process."""

    name = "bleak"
    keeps = False

    def __init__(self):
        self.links, self.turn = {}, asyncio.Lock()

    async def open(self, place):
        self.stack = contextlib.AsyncExitStack()
        device = await self.stack.enter_async_context(bleak_over_bumble.bumble_host(place))
        connect = device.connect

        async def one_at_a_time(*arguments, **options):
            async with self.turn:
                return await connect(*arguments, **options)

        device.connect = one_at_a_time

    async def close(self):
        await self.stack.aclose()

    def processor(self):
        return time.process_time()

    async def know(self, peers, warm):
        for peer in peers:
            bleak_over_bumble.Radio.heard[peer["address"]] = hci.Address(peer["address"], hci.AddressType.RANDOM_DEVICE)

    async def unlock(self, peer, warm, encrypted=False):
        client = self.links[peer["address"]] = BleakClient(BLEDevice(peer["address"], None, None))
        await client.connect()
        opened = asyncio.get_running_loop().create_future()
        await client.start_notify(STATE, lambda _, value: is_open(value) and not opened.done() and opened.set_result(None))
        await client.write_gatt_char(COMMAND, UNLOCK, response=True)
        await asyncio.wait_for(opened, PATIENCE)

    async def leave(self, peer):
        await self.links.pop(peer["address"]).disconnect()
