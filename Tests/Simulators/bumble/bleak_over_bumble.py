"""Lets software written for bleak run on the virtual radio: bleak's two backends over a Bumble host, without D-Bus.

    async with bumble_host("127.0.0.1:45123"):
        async with BleakClient(address) as client: …

So the clients other people open locks with (yalexs-ble, pyNukiBT) meet the same virtual locks as ours.
"""

import asyncio
import contextlib

import bleak
from bleak.backends import BleakBackend
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakCharacteristicNotFoundError, BleakDeviceNotFoundError, BleakError
from bleak.uuids import normalize_uuid_str
from bumble import hci
from bumble.core import AdvertisingData, BaseBumbleError
from bumble.device import Device, DeviceConfiguration, Peer
from bumble.transport import open_transport

AD = AdvertisingData.Type
PROPERTIES = ("broadcast", "read", "write-without-response", "write", "notify", "indicate", "authenticated-signed-writes", "extended-properties")


class Radio:
    """The one host behind both backends, and the addresses it has heard."""

    device = None
    heard = {}


@contextlib.asynccontextmanager
async def bumble_host(place, address="F1:F2:F3:F4:F5:F6"):
    """A Bumble host on the controller at `HOST:PORT`, which bleak uses until the block ends."""
    choosers = bleak.get_platform_client_backend_type, bleak.get_platform_scanner_backend_type
    async with await open_transport(f"tcp-client:{place}") as transport:
        configuration = DeviceConfiguration(name="bleak", address=hci.Address(address), irk=bytes(range(16)))
        Radio.device = Device.from_config_with_hci(configuration, transport.source, transport.sink)
        Radio.heard = {}
        await Radio.device.power_on()
        bleak.get_platform_client_backend_type = lambda: (Client, BleakBackend.BLUEZ_DBUS)
        bleak.get_platform_scanner_backend_type = lambda: (Scanner, BleakBackend.BLUEZ_DBUS)
        try:
            yield Radio.device
        finally:
            bleak.get_platform_client_backend_type, bleak.get_platform_scanner_backend_type = choosers
            Radio.device = None


def text(uuid):
    """A UUID as bleak writes it."""
    return normalize_uuid_str(uuid.to_hex_str("-").lower())


class Scanner(BaseBleakScanner):
    """bleak's scanner."""

    def __init__(self, detection_callback, service_uuids, scanning_mode="active", **options):
        super().__init__(detection_callback, service_uuids)
        self.active = scanning_mode == "active"

    async def start(self):
        self.seen_devices = {}
        Radio.device.on("advertisement", self._heard)
        if not Radio.device.is_scanning:
            await Radio.device.start_scanning(active=self.active)

    async def stop(self):
        Radio.device.remove_listener("advertisement", self._heard)
        if Radio.device.is_scanning:
            await Radio.device.stop_scanning()

    def _heard(self, advertisement):
        data = advertisement.data
        address = advertisement.address.to_string(False)
        Radio.heard[address] = advertisement.address
        manufacturer = {company: bytes(value) for company, value in data.get_all(AD.MANUFACTURER_SPECIFIC_DATA)}
        services = [
            text(uuid) for kind in (
                AD.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, AD.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
                AD.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, AD.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
            ) for group in data.get_all(kind) for uuid in group
        ]
        service_data = {
            text(uuid): bytes(value) for kind in (AD.SERVICE_DATA_16_BIT_UUID, AD.SERVICE_DATA_128_BIT_UUID) for uuid, value in data.get_all(kind)
        }
        name = data.get(AD.COMPLETE_LOCAL_NAME) or data.get(AD.SHORTENED_LOCAL_NAME)
        found = AdvertisementData(name, manufacturer, service_data, services, None, advertisement.rssi, ())
        device = self.create_or_update_device(address, address, name, {"path": address}, found)
        if self.is_allowed_uuid(services):
            self.call_detection_callbacks(device, found)


class Client(BaseBleakClient):
    """bleak's client; discovers everything on each connection, as bleak does."""

    def __init__(self, address_or_ble_device, *args, **options):
        super().__init__(address_or_ble_device, *args, **options)
        self.connection = None

    @property
    def name(self):
        return self.address

    @property
    def mtu_size(self):
        return self.connection.att_mtu if self.connection else 23

    @property
    def is_connected(self):
        return self.connection is not None

    async def connect(self, pair=False, **options):
        if self.address not in Radio.heard:
            scanner = Scanner(None, None)
            await scanner.start()
            try:
                async with asyncio.timeout(self._timeout):
                    while self.address not in Radio.heard:
                        await asyncio.sleep(0.005)
            except TimeoutError:
                raise BleakDeviceNotFoundError(self.address) from None
            finally:
                await scanner.stop()
        with errors():
            self.connection = await Radio.device.connect(Radio.heard[self.address], timeout=self._timeout)
            self.connection.on("disconnection", self._gone)
            if pair:
                await self.pair()
            self.peer = Peer(self.connection)
            await self.peer.request_mtu(247)
            await self._discover()

    async def _discover(self):
        self.services = BleakGATTServiceCollection()
        for service in await self.peer.discover_services():
            ours = BleakGATTService(service, service.handle, text(service.uuid))
            self.services.add_service(ours)
            for characteristic in await service.discover_characteristics():
                bits = int(characteristic.properties)
                names = [name for place, name in enumerate(PROPERTIES) if bits >> place & 1]
                known = BleakGATTCharacteristic(
                    characteristic, characteristic.handle, text(characteristic.uuid), names, lambda: self.mtu_size - 3, ours
                )
                self.services.add_characteristic(known)
                for descriptor in await characteristic.discover_descriptors():
                    self.services.add_descriptor(BleakGATTDescriptor(descriptor, descriptor.handle, text(descriptor.type), known))

    def _gone(self, reason):
        self.connection = None
        if self._disconnected_callback:
            self._disconnected_callback()

    async def disconnect(self):
        if self.connection:
            with errors():
                await self.connection.disconnect()

    async def pair(self, *args, **options):
        with errors():
            await self.connection.pair()

    async def unpair(self):
        await Radio.device.keystore.delete(self.address)

    def _found(self, characteristic):
        if characteristic is None or not self.connection:
            raise BleakCharacteristicNotFoundError(characteristic)
        return characteristic.obj

    async def read_gatt_char(self, characteristic, **options):
        with errors():
            return bytearray(await self._found(characteristic).read_value())

    async def read_gatt_descriptor(self, descriptor, **options):
        with errors():
            return bytearray(await descriptor.obj.read_value())

    async def write_gatt_char(self, characteristic, data, response):
        with errors():
            await self._found(characteristic).write_value(bytes(data), with_response=response)

    async def write_gatt_descriptor(self, descriptor, data):
        with errors():
            await descriptor.obj.write_value(bytes(data), with_response=True)

    async def start_notify(self, characteristic, callback, **options):
        with errors():
            await self._found(characteristic).subscribe(
                lambda value: callback(bytearray(value)), prefer_notify="notify" in characteristic.properties
            )

    async def stop_notify(self, characteristic):
        with errors():
            await self._found(characteristic).unsubscribe()


@contextlib.contextmanager
def errors():
    """Bumble's errors as bleak's."""
    try:
        yield
    except (BaseBumbleError, hci.HCI_Error) as error:
        raise BleakError(str(error)) from error
    except asyncio.CancelledError as error:
        if asyncio.current_task().cancelling():
            raise
        raise BleakError("disconnected") from error
