"""What the benchmarks of adapters share: an adapter's process over `lockbridge-ble`, bleak's client with kept handles, and how they are measured and held."""

import argparse
import asyncio
import collections
import json
import pathlib
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "Tests" / "InteropTests"))
sys.path.append(str(ROOT / "Tests" / "Simulators" / "bumble"))

import bleak  # noqa: E402
from bumble.gatt_client import CharacteristicProxy, DescriptorProxy, ServiceProxy  # noqa: E402

import bleak_over_bumble  # noqa: E402
from measure import INTERVALS, Cycle, Stage, p95, round_trips  # noqa: E402

MODES = ("cold", "warm", "repeated")
PATIENCE = 30
LOCK = "front"

# What our side is held to: requests are exact, times and processor time are against the peer in the same run; goals are told where they are missed.
Limits = collections.namedtuple("Limits", "requests request_goals times time_goals processor")


class Ours:
    """An adapter's process and `lockbridge-ble`, with this program for their core. Advertisements are not passed on while it is measured.

    `options` are what its pairing is given, `config` what the operator would write; `presses` the lock's button first.
    """

    name = "lockbridge"

    def __init__(self, programs, adapter, options, config=None, presses=False):
        self.programs, self.adapter_name, self.options, self.config, self.presses = programs, adapter, options, config or {}, presses
        self.count, self.asked, self.kept, self.operations = 0, {}, {}, 0

    async def open(self, stage):
        self.stage, self.is_pairing = stage, False
        self.radio, self.adapter = [
            await asyncio.create_subprocess_exec(
                self.programs / each, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, limit=1 << 20)
            for each in ("lockbridge-ble", f"lockbridge-adapter-{self.adapter_name}")
        ]
        self.is_up, self.found = (asyncio.get_running_loop().create_future() for _ in range(2))
        self.readers = [asyncio.create_task(self._radio_lines()), asyncio.create_task(self._adapter_lines())]
        limits = {"inFlight": 16, "observedPerSecond": 10, "lineBytes": 65536}
        common = {"protocolVersions": [1], "gateway": "gw-aaaaaaaaaaaaaaaa", "limits": limits}
        await self.ask(self.radio, "initialize", config={"hci": f"tcp:{stage.place}"}, **common)
        await asyncio.wait_for(self.is_up, PATIENCE)
        await self.ask(self.adapter, "initialize", config=self.config, adapterState=None, **common)
        self.peer = await stage.peer(LOCK)
        self.peer = {"address": self.peer["address"], "type": "public"}
        await self.know(False)
        self.is_pairing = True
        if self.presses:
            await stage.ask("press", LOCK)
        await self.ask(self.adapter, "pair.start", options=self.options)
        candidate = await asyncio.wait_for(self.found, PATIENCE)
        paired = await self.ask(self.adapter, "pair.choose", candidate=candidate)
        self.is_pairing = False
        await self.ask(self.adapter, "lock.add", lock=LOCK, vendorState=paired["vendorState"])
        await self.leave()

    async def close(self):
        for each in (self.adapter, self.radio):
            each.stdin.close()
            await each.wait()
        await asyncio.gather(*self.readers)

    async def _radio_lines(self):
        async for text in self.radio.stdout:
            line = json.loads(text)
            match line.get("method"):
                case None:
                    self._answered(line)
                case "radio.status":
                    if line["params"]["state"] == "up" and not self.is_up.done():
                        self.is_up.set_result(None)
                case "radio.peerState":
                    self.kept[line["params"]["peer"]["address"]] = line["params"]["state"]
                case "radio.advertisement" if not self.is_pairing:
                    pass
                case "log":
                    pass
                case _:
                    self._write(self.adapter, line)

    async def _adapter_lines(self):
        async for text in self.adapter.stdout:
            line = json.loads(text)
            method = line.get("method", "")
            if not method:
                self._answered(line)
            elif method.startswith("radio."):
                number = line["id"]
                self._begin(self.radio, method, line["params"], lambda answer, number=number: self._write(self.adapter, answer | {"id": number}))
            elif method == "pair.found" and not self.found.done():
                self.found.set_result(line["params"]["candidate"])
            elif "id" in line:
                self._write(self.adapter, {"jsonrpc": "2.0", "id": line["id"], "result": {}})

    def _answered(self, line):
        self.asked.pop(line["id"])({key: line[key] for key in ("jsonrpc", "result", "error") if key in line})

    @staticmethod
    def _write(process, line):
        process.stdin.write(json.dumps(line).encode() + b"\n")

    def _begin(self, process, method, params, done):
        self.count += 1
        self.asked[self.count] = done
        self._write(process, {"jsonrpc": "2.0", "id": self.count, "method": method, "params": params})

    async def ask(self, process, method, **params):
        answer = asyncio.get_running_loop().create_future()
        self._begin(process, method, params, answer.set_result)
        line = await asyncio.wait_for(answer, PATIENCE)
        if "error" in line:
            raise RuntimeError(f"{method}: {line['error']}")
        return line["result"]

    def processor(self):
        """Seconds of processor time so far, of both processes."""
        tasks = [task for each in (self.radio, self.adapter) for task in pathlib.Path(f"/proc/{each.pid}/task").iterdir()]
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    async def know(self, warm):
        """What the core hands to the radio: the lock, with what is kept of it, or without."""
        await self.ask(self.radio, "radio.peers", peers=[])
        await self.ask(self.radio, "radio.peers", peers=[{"peer": self.peer} | ({"state": self.kept[self.peer["address"]]} if warm else {})])

    async def unlock(self, mode):
        self.operations += 1
        outcome = await self.ask(
            self.adapter, "lock.operate", operation=f"op-{self.operations}", lock=LOCK, action="unlock", ttlMilliseconds=25_000)
        assert outcome["outcome"] == "done", outcome

    async def leave(self):
        await self.ask(self.adapter, "lock.drop", lock=LOCK)


class KeepingClient(bleak_over_bumble.Client):
    """bleak's client with the handles of the last connection, as BlueZ keeps them, and without a check that they still hold."""

    known = None

    async def _discover(self):
        if not type(self).known:
            await super()._discover()
            type(self).known = [
                (service.obj, [(each.obj, [entry.obj for entry in each.descriptors]) for each in service.characteristics])
                for service in self.services.services.values()
            ]
            return
        client, peer = self.peer.gatt_client, self.peer
        services = []
        for service, characteristics in self.known:
            new = ServiceProxy(client, service.handle, service.end_group_handle, service.uuid)
            new.characteristics = []
            for characteristic, descriptors in characteristics:
                proxy = CharacteristicProxy(client, characteristic.handle, characteristic.end_group_handle, characteristic.uuid, characteristic.properties)
                proxy.descriptors = [DescriptorProxy(client, each.handle, each.type) for each in descriptors]
                proxy.descriptors_discovered = True
                new.characteristics.append(proxy)
            services.append(new)

        class Known:
            """What discovering would have found."""

            async def discover_services(self):
                return services

        for service in services:
            service.discover_characteristics = self._given(service.characteristics)
            for proxy in service.characteristics:
                proxy.discover_descriptors = self._given(proxy.descriptors)
        self.peer = Known()
        try:
            await super()._discover()
        finally:
            self.peer = peer

    @staticmethod
    def _given(value):
        async def give():
            return value

        return give


class Keeping:
    """Has bleak's clients keep their handles, or not."""

    def __init__(self):
        KeepingClient.known = None
        self.plain = bleak_over_bumble.Client

    def use(self, keeps):
        kind = KeepingClient if keeps else self.plain
        bleak.get_platform_client_backend_type = lambda: (kind, bleak.BleakBackend.BLUEZ_DBUS)

    @property
    def has_any(self):
        return bool(KeepingClient.known)


async def cycle(stage, host, mode):
    """One unlock: from the wish to the lock's word that it is complete."""
    if mode != "repeated":
        await host.leave()
        await asyncio.to_thread(stage.bench.wait, "links", 0, LOCK)
        await host.know(mode == "warm")
        await asyncio.to_thread(stage.bench.wait, "links", 0, LOCK)
    await stage.ask("turn", LOCK, action="lock")
    await stage.ask("clearTrace")
    before, begin = host.processor(), time.monotonic()
    await host.unlock(mode)
    milliseconds = (time.monotonic() - begin) * 1000
    processor = host.processor() - before
    return Cycle(milliseconds, processor, round_trips((await stage.ask("trace"))["packets"]))


async def measure(spec, hosts, check, scale):
    """Every host in every mode; `hosts()` makes them, `check(state, orders)` judges the lock's own state at the end of each."""
    results = collections.defaultdict(list)
    count = max(3, round(50 * scale))
    for interval in INTERVALS:
        # Twice around, so that a slow moment of the machine meets both.
        for _ in range(2):
            for host in hosts():
                stage = Stage(interval, f"{LOCK}:{spec}")
                try:
                    await host.open(stage)
                    for mode in MODES:
                        for turn in range(count + (mode == "repeated")):
                            measured = await cycle(stage, host, mode)
                            # The first of these connects.
                            if mode != "repeated" or turn:
                                results[interval, mode, host.name].append(measured)
                    check(await stage.ask("state", LOCK), len(MODES) * count + 1)
                    await host.close()
                finally:
                    stage.bench.close()
    return results


def shown(results, peer, limits):
    """Prints the table; gives what is missed."""
    missed, notes = [], []
    print(f"  {'interval':>8}  {'unlock':<12}{'client':<12}{'n':>5}{'median ms':>12}{'p95':>8}{'requests':>11}{'processor ms':>14}")
    for interval in INTERVALS:
        for mode in MODES:
            ours, theirs = (results[interval, mode, each] for each in (Ours.name, peer))
            medians, requests, processor = [], [], []
            for name, cycles in ((Ours.name, ours), (peer, theirs)):
                medians.append(statistics.median(each.milliseconds for each in cycles))
                requests.append(sorted({each.trips for each in cycles}))
                processor.append(statistics.mean(each.processor for each in cycles) * 1000)
                print(
                    f"  {interval:>5} ms  {mode:<12}{name:<12}{len(cycles):>5}{medians[-1]:>12.0f}{p95([each.milliseconds for each in cycles]):>8.0f}"
                    f"{'/'.join(map(str, requests[-1])):>11}{processor[-1]:>14.1f}")
            ratio = medians[0] / medians[1]
            print(f"{'':12}{'':<12}ratio: time {ratio:.2f}, requests {requests[0][-1] / requests[1][-1]:.2f}, processor {processor[0] / processor[1]:.2f}")
            if requests[0] != [limits.requests[mode]]:
                missed.append(f"{mode} at {interval} ms: {requests[0]} requests, not {limits.requests[mode]}")
            if ratio > limits.times[mode]:
                missed.append(f"{mode} at {interval} ms: {ratio:.2f} of {peer}'s time, at most {limits.times[mode]}")
            if processor[0] > limits.processor * processor[1]:
                missed.append(f"{mode} at {interval} ms: {processor[0] / processor[1]:.2f} of {peer}'s processor time, at most {limits.processor}")
            if ratio > limits.time_goals.get(mode, ratio):
                notes.append(f"{mode} at {interval} ms: {ratio:.2f} of {peer}'s time, the goal is {limits.time_goals[mode]}")
            if requests[0][-1] > limits.request_goals.get(mode, requests[0][-1]):
                notes.append(f"{mode} at {interval} ms: {requests[0][-1]} requests, the goal is {limits.request_goals[mode]}")
    for note in notes:
        print(f"  short of a goal: {note}")
    for miss in missed:
        print(f"  MISSED: {miss}")
    return missed


def run(description, spec, hosts, check, peer, limits):
    """The benchmark's `main`: `hosts(programs)` makes both sides."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", required=True, type=pathlib.Path, help="the folder of what was built for release")
    parser.add_argument("--scale", type=float, default=0.1)
    options = parser.parse_args()
    begin = time.monotonic()
    missed = shown(asyncio.run(measure(spec, lambda: hosts(options.programs.resolve()), check, options.scale)), peer, limits)
    print(f"  measured in {time.monotonic() - begin:.0f} s")
    return 1 if missed else 0
