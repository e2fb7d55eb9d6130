"""A lock that speaks plain GATT: one service, a state to read and be told of, a command to write.

Service 4c420001-9e1a-4f5c-8d27-1b0a6e5f7c30; state …0002 (read, notify), command …0003 (write, write without response):
`01` lock, `02` unlock, `03` unlatch, then one byte of the client's choice, which comes back as the last byte of the state.
A longer command goes on with anything and ends with the SHA-256 of what was before.
"""

import hashlib

from bumble import att, gatt
from bumble.core import UUID, AdvertisingData

from peripheral import Peripheral

SERVICE = "4c420001-9e1a-4f5c-8d27-1b0a6e5f7c30"
STATE = "4c420002-9e1a-4f5c-8d27-1b0a6e5f7c30"
COMMAND = "4c420003-9e1a-4f5c-8d27-1b0a6e5f7c30"
ACTIONS = {1: "lock", 2: "unlock", 3: "unlatch"}
REFUSED, BUSY = 0x80, 0x81
PERMISSIONS = gatt.Characteristic.Permissions
NEEDS = {
    "none": (0, 0),
    "encrypted": (PERMISSIONS.READ_REQUIRES_ENCRYPTION, PERMISSIONS.WRITE_REQUIRES_ENCRYPTION),
    "authenticated": (
        PERMISSIONS.READ_REQUIRES_ENCRYPTION | PERMISSIONS.READ_REQUIRES_AUTHENTICATION,
        PERMISSIONS.WRITE_REQUIRES_ENCRYPTION | PERMISSIONS.WRITE_REQUIRES_AUTHENTICATION,
    ),
}


def is_whole(value):
    """Whether a long command is all there, in order."""
    return len(value) > 34 and hashlib.sha256(value[:-32]).digest() == value[-32:]


class PlainLock(Peripheral):
    """A `VirtualLock` behind a GATT service; `security` says what its characteristics demand."""

    def __init__(self, lock, air, security="none", mtu=247, uuid_in_response=False, **options):
        super().__init__(lock.name, air, **options)
        self.lock, self.security, self.mtu, self.uuid_in_response = lock, security, mtu, uuid_in_response
        self.refuse = self.quiet = False

    def services(self):
        self.device.gatt_server.max_mtu = self.mtu
        reading, writing = NEEDS[self.security]
        properties = gatt.Characteristic.Properties
        self.state = gatt.Characteristic(
            STATE, properties.READ | properties.NOTIFY, PERMISSIONS.READABLE | reading,
            gatt.CharacteristicValue(read=lambda _: self.lock.encoded),
        )
        command = gatt.Characteristic(
            COMMAND, properties.WRITE | properties.WRITE_WITHOUT_RESPONSE, PERMISSIONS.WRITEABLE | writing,
            gatt.CharacteristicValue(write=self._command),
        )
        return [gatt.Service(SERVICE, [self.state, command])]

    async def start(self):
        self.lock.changed = self._changed
        await super().start()
        for attribute in self.device.gatt_server.attributes:
            if attribute.type == gatt.GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR and attribute.handle > self.state.handle:
                attribute.permissions |= NEEDS[self.security][1]
                self.cccd = attribute.handle

    def advertisement(self):
        name = (AdvertisingData.COMPLETE_LOCAL_NAME, self.name.encode())
        service = (AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, bytes(UUID(SERVICE)))
        flags = (AdvertisingData.FLAGS, b"\x06")
        return ([flags, name], [service]) if self.uuid_in_response else ([flags, service], [name])

    async def change_services(self):
        """Its database is another one from now on, and it says so to who asked to be told."""
        self.device.add_service(gatt.Service("4c4200ff-9e1a-4f5c-8d27-1b0a6e5f7c30", []))
        await self.device.indicate_subscribers(self.device.gatt_service.service_changed_characteristic, b"\x01\x00\xff\xff")

    def _command(self, connection, value):
        if self.refuse or not value or value[0] not in ACTIONS or not (len(value) == 2 or is_whole(value)):
            raise att.ATT_Error(REFUSED)
        if not self.lock.drive(ACTIONS[value[0]], value[1]):
            raise att.ATT_Error(BUSY)

    def _changed(self):
        if not self.quiet and self.powered:
            value = self.lock.encoded
            for connection in self.connections:
                connection.cancel_on_disconnection(self.device.notify_subscriber(connection, self.state, value))
