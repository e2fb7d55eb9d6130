"""An August lock on the air: its GATT services, what it advertises, its keys, its links."""

import asyncio
import collections
import hashlib

from bumble import gatt
from bumble.core import UUID, AdvertisingData

from august_link import AugustLink, Trouble
from august_words import APPLE, COMMAND_READ, COMMAND_WRITE, SECURE_READ, SECURE_WRITE, SERVICE, YALE
from peripheral import Peripheral

MODEL, SERIAL, FIRMWARE, MANUFACTURER = "2A24", "2A25", "2A26", "2A29"
IDLE_SECONDS = 30


class AugustPeripheral(Peripheral):
    """An `AugustLock` behind August's service. `keys` are its offline keys by their slots."""

    def __init__(self, lock, air, keys=None, model="ASL-03", serial=None, firmware="2.2.24", homekit=None, mtu=247, kind="public", address=None, **options):
        digest = hashlib.sha256(lock.name.encode()).digest()
        address = address or ":".join(f"{byte:02X}" for byte in b"\x78\x9c\x85" + digest[:3])
        super().__init__(lock.name, air, address=address, kind=kind, **options)
        self.lock, self.mtu, self.device_model, self.firmware, self.homekit = lock, mtu, model, firmware, homekit
        self.serial = serial or "L6W7" + digest.hex().upper()[:6]
        self.keys = keys or {1: digest[:16]}
        self.trouble, self.links, self.counts = Trouble(), {}, collections.Counter()
        self.flag, self.number, self.idle_seconds = 0, 1, IDLE_SECONDS
        self.tasks = set()
        self.refreshing = asyncio.Lock()

    def clear(self):
        super().clear()
        self.trouble.clear()

    def count(self, what):
        self.counts[what] += 1

    @property
    def local_name(self):
        return self.serial[:2] + self.serial[-5:]

    def services(self):
        self.device.gatt_server.max_mtu = self.mtu
        properties = gatt.Characteristic.Properties

        def heard(method):
            return gatt.CharacteristicValue(write=lambda connection, value: getattr(self._link(connection), method)(bytes(value)))

        def writable(uuid, method):
            return gatt.Characteristic(uuid, properties.WRITE, gatt.Characteristic.Permissions.WRITEABLE, heard(method))

        def told(uuid):
            return gatt.Characteristic(uuid, properties.READ | properties.INDICATE, gatt.Characteristic.Permissions.READABLE, b"")

        def text(uuid, value):
            return gatt.Characteristic(uuid, properties.READ, gatt.Characteristic.Permissions.READABLE, value)

        self.command_read, self.secure_read = told(COMMAND_READ), told(SECURE_READ)
        corrupting = gatt.CharacteristicValue(read=self._manufacturer)
        return [
            gatt.Service(UUID(SERVICE), [
                writable(COMMAND_WRITE, "heard_command"), self.command_read, writable(SECURE_WRITE, "heard_secure"), self.secure_read]),
            gatt.Service("180A", [
                text(UUID(MANUFACTURER), corrupting), text(UUID(MODEL), self.device_model.encode()), text(UUID(SERIAL), self.serial.encode()),
                text(UUID(FIRMWARE), self.firmware.encode())]),
        ]

    def _manufacturer(self, connection):
        """Newer locks spoil the link when this is read."""
        self.count("manufacturerReads")
        self.drop(connection)
        return b""

    async def start(self):
        self.lock.changed = self._changed
        await super().start()
        self.cccd = next(
            each.handle for each in self.device.gatt_server.attributes
            if each.type == gatt.GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR and each.handle > self.command_read.handle
        )

    # Advertising.

    def advertisement(self):
        flags = (AdvertisingData.FLAGS, b"\x06")
        service = (AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, bytes(UUID(SERVICE)))
        name = (AdvertisingData.COMPLETE_LOCAL_NAME, self.local_name.encode())
        company, value = YALE.to_bytes(2, "little"), bytes([self.flag])
        if self.homekit:
            company = APPLE.to_bytes(2, "little")
            value = b"\x06\xad\x01\x07\x87\xca\xe2\x86\xaa\x06\x00" + self.number.to_bytes(2, "little") + b"\x01\x02"
            if self.homekit == "encrypted":
                value = b"\x11\x36" + hashlib.sha256(self.number.to_bytes(2, "little")).digest()[:16]
        return [flags, service, (AdvertisingData.MANUFACTURER_SPECIFIC_DATA, company + value)], [name]

    async def _advertise_anew(self):
        async with self.refreshing:
            if self.powered:
                if self.device.is_advertising:
                    await self.device.stop_advertising()
                await self.advertise()

    # Trouble.

    def crash(self):
        """It was hurried: it falls silent, and stays so until its battery is pulled."""
        self.count("crashes")
        for connection in self.connections:
            self.drop(connection)
        self.powered = False
        self._spawn(self.device.stop_advertising())

    def pull_battery(self):
        self.powered = True
        self._spawn(self._advertise_anew())

    # Links.

    def _connected(self, connection):
        self._link(connection)

    def _link(self, connection):
        """What belongs to a connection; Bumble says nothing of one that came while advertising was being stopped."""
        if connection in self.links:
            return self.links[connection]
        self.count("connections")
        link = self.links[connection] = AugustLink(connection, self)

        def gone(reason):
            link.end()
            self.links.pop(connection, None)

        connection.on("disconnection", gone)
        return link

    def drop(self, connection, reason=0x13):
        """Ends one link from the lock's side."""
        self._spawn(connection.disconnect(reason))

    def _spawn(self, work):
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _changed(self):
        self.flag ^= 1
        self.number += 1
        for link in list(self.links.values()):
            link.push()
        if self.powered:
            self._spawn(self._advertise_anew())

    @property
    def described(self):
        names = ("hurried", "noise", "commands", "keyFrames", "wrongKeys", "crashes", "connections", "manufacturerReads")
        return {name: self.counts[name] for name in names} | {
            "localName": self.local_name, "serial": self.serial, "keys": [{"slot": slot, "key": key.hex()} for slot, key in self.keys.items()],
        }
