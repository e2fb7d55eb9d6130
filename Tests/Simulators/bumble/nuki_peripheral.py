"""A Nuki lock on the air: its GATT services, what it advertises, its button, its links."""

import asyncio
import hashlib

from bumble import gatt
from bumble.core import UUID, AdvertisingData

from nuki_authority import Authority
from nuki_commands import Commands
from nuki_link import NukiLink, Trouble
from nuki_words import GENERAL, KEYTURNER_SERVICE, PAIRING, USER_SPECIFIC, Command
from peripheral import Peripheral

APPLE, BEACON = b"\x4c\x00", b"\x02\x15"
PAIRING_SECONDS, MOST_LINKS = 30, 4
SERVICE_DATA_128 = AdvertisingData.Type.SERVICE_DATA_128_BIT_UUID


class NukiPeripheral(Peripheral):
    """A `NukiLock` behind Nuki's services; its address ends as its number does."""

    def __init__(self, lock, air, pin=0, number=None, mtu=247, address=None, kind="public", **options):
        self.number = number or int.from_bytes(hashlib.sha256(lock.name.encode()).digest()[:4], "big")
        address = address or ":".join(f"{byte:02X}" for byte in b"\x54\xd2\x72" + self.number.to_bytes(4, "big")[1:])
        super().__init__(lock.name, air, address=address, kind=kind, **options)
        self.lock, self.mtu = lock, mtu
        self.authority, self.trouble, self.links = Authority(pin, lock.generation), Trouble(), {}
        self.commands = Commands(lock, self.authority, self.number, lambda: self.is_pairing, lambda: self._beacon(False))
        self.is_pairing = self.is_changed = False
        self.pairing_timer = None
        self.tasks = set()
        self.refreshing = asyncio.Lock()

    def clear(self):
        super().clear()
        self.trouble.clear()

    def services(self):
        self.device.gatt_server.max_mtu = self.mtu
        service, pairing = PAIRING[self.lock.generation]
        self.pairing = self._characteristic(pairing, lambda link, value: link.heard_pairing(value))
        self.general = self._characteristic(GENERAL, lambda link, value: None)
        self.user_specific = self._characteristic(USER_SPECIFIC, lambda link, value: link.heard_sealed(value))
        return [gatt.Service(service, [self.pairing]), gatt.Service(KEYTURNER_SERVICE, [self.general, self.user_specific])]

    def _characteristic(self, uuid, heard):
        def write(connection, value):
            heard(self._link(connection), bytes(value))

        properties = gatt.Characteristic.Properties.WRITE | gatt.Characteristic.Properties.INDICATE
        return gatt.Characteristic(uuid, properties, gatt.Characteristic.Permissions.WRITEABLE, gatt.CharacteristicValue(write=write))

    async def start(self):
        self.lock.changed, self.lock.over = self._changed, self._over
        await super().start()
        self.cccd = next(
            each.handle for each in self.device.gatt_server.attributes
            if each.type == gatt.GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR and each.handle > self.user_specific.handle
        )

    # Advertising.

    def advertisement(self):
        number = self.number.to_bytes(4, "big")
        flags = (AdvertisingData.FLAGS, b"\x06")
        name = (AdvertisingData.COMPLETE_LOCAL_NAME, f"Nuki_{self.number:08X}".encode())
        if self.is_pairing:
            return [flags, (SERVICE_DATA_128, bytes(UUID(PAIRING[self.lock.generation][0])) + number)], [name]
        service = bytes(UUID(KEYTURNER_SERVICE))[::-1]
        beacon = APPLE + BEACON + service + number + bytes([0xC8 | self.is_changed])
        return [flags, (AdvertisingData.MANUFACTURER_SPECIFIC_DATA, beacon)], [name]

    def _beacon(self, is_changed):
        if is_changed != self.is_changed:
            self.is_changed = is_changed
            self._refresh()

    def _refresh(self):
        self._spawn(self._advertise_anew())

    async def _advertise_anew(self):
        async with self.refreshing:
            if self.powered and len(self.connections) < MOST_LINKS:
                if self.device.is_advertising:
                    await self.device.stop_advertising()
                await self.advertise()

    # Pairing mode.

    def press(self, seconds=PAIRING_SECONDS):
        """Its button is held: it pairs, for a while."""
        self._set_pairing(True)
        self.pairing_timer = asyncio.get_running_loop().call_later(seconds, self._set_pairing, False)

    def paired(self):
        self._set_pairing(False)

    def _set_pairing(self, is_pairing):
        if self.pairing_timer:
            self.pairing_timer.cancel()
            self.pairing_timer = None
        if is_pairing != self.is_pairing:
            self.is_pairing = is_pairing
            self._refresh()

    # Links.

    def _connected(self, connection):
        self._link(connection)
        self._refresh()

    def _link(self, connection):
        """What belongs to a connection; Bumble says nothing of one that came while advertising was being stopped."""
        if connection in self.links:
            return self.links[connection]
        link = self.links[connection] = NukiLink(connection, self)

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

    # What the lock tells.

    def _changed(self, driver=None):
        self._beacon(True)
        if driver:
            link, client = driver
            link.say(client, Command.STATES, self.commands.states)

    def _over(self, driver, error):
        link, client = driver
        link.over(client, error)

    @property
    def described(self):
        return self.authority.described | {"nukiId": f"{self.number:08X}", "pairingMode": self.is_pairing, "stateChanged": self.is_changed}
