"""A virtual BLE peripheral: a Bumble device with a controller of its own on the air, that advertises, pairs and keeps bonds."""

import hashlib

from bumble import hci
from bumble.core import AdvertisingData
from bumble.device import Device, DeviceConfiguration
from bumble.host import Host
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport.common import AsyncPipeSink

from lock_controller import LockController
from pairing_peer import PeerSession

IO = PairingDelegate.IoCapability
CAPABILITIES = {"justWorks": IO.NO_OUTPUT_NO_INPUT, "numeric": IO.DISPLAY_OUTPUT_AND_YES_NO_INPUT, "passkey": IO.DISPLAY_OUTPUT_ONLY}


class Passkey(int):
    """A passkey that is true even when it is 000000: Bumble takes zero for none, and waits for ever."""

    def __bool__(self):
        return True


class Delegate(PairingDelegate):
    """What the peripheral shows and what its user answers."""

    def __init__(self, peripheral):
        super().__init__(CAPABILITIES.get(peripheral.model, IO.NO_OUTPUT_NO_INPUT))
        self.peripheral = peripheral

    async def accept(self):
        return self.peripheral.pairable

    async def compare_numbers(self, number, digits):
        self.peripheral.shown = number
        return self.peripheral.agrees

    async def generate_passkey(self):
        passkey = self.peripheral.passkey
        return Passkey(await super().generate_passkey() if passkey is None else passkey)

    async def display_number(self, number, digits):
        self.peripheral.shown = int(number)


class Peripheral:
    """One device on the air. `model`: none, justWorks, numeric or passkey."""

    def __init__(self, name, air, model="none", address=None, kind="random", passkey=None, advertising_interval=20, seed=""):
        self.name, self.air, self.model, self.kind, self.passkey = name, air, model, kind, passkey
        digest = hashlib.sha256((name + seed).encode()).digest()
        identity = bytes([digest[0] | 0xC0]) + digest[1:6]
        self.identity = address or ":".join(f"{byte:02X}" for byte in identity)
        self.irk = hashlib.sha256(digest).digest()[:16]
        self.pairable, self.agrees, self.shown, self.pairings = True, True, None, 0
        self.pairing_code, self.attack = None, None
        self.advertising_interval = advertising_interval
        self.powered = False
        self.keystore = MemoryKeyStore()

    @property
    def described(self):
        """What `state` tells of it beyond its lock and its radio."""
        return {}

    def clear(self):
        """No more trouble of its own making."""
        self.attack = None

    def services(self):
        return []

    def advertisement(self):
        """Advertising data and scan response, as lists of (type, bytes)."""
        return [(AdvertisingData.FLAGS, b"\x06"), (AdvertisingData.COMPLETE_LOCAL_NAME, self.name.encode())], []

    async def start(self):
        """Powers the device on and lets it advertise."""
        public = self.identity if self.kind == "public" else "00:00:00:00:00:00"
        self.controller = LockController(self.name, link=self.air, public_address=public)
        self.controller.host = None
        host = Host()
        host.controller = self.controller
        self.controller.set_packet_sink(AsyncPipeSink(host))
        configuration = DeviceConfiguration(
            name=self.name, irk=self.irk, le_privacy_enabled=self.kind == "private", le_rpa_timeout=0,
            address=hci.Address("F0:00:00:00:00:01" if self.kind == "public" else self.identity),
        )
        self.device = Device(config=configuration, host=host)
        self.device.keystore = self.keystore
        self.device.smp_manager.session_proxy = self._session
        self.device.pairing_config_factory = self._pairing_configuration
        self.device.on("connection", self._connected)
        for service in self.services():
            self.device.add_service(service)
        await self.device.power_on()
        self.powered = True
        await self.advertise()

    async def advertise(self):
        if not self.powered:
            return
        data, response = self.advertisement()
        await self.device.start_advertising(
            own_address_type=hci.OwnAddressType.PUBLIC if self.kind == "public" else hci.OwnAddressType.RANDOM,
            auto_restart=True,
            advertising_data=bytes(AdvertisingData(data)),
            scan_response_data=bytes(AdvertisingData(response)),
            advertising_interval_min=self.advertising_interval,
            advertising_interval_max=self.advertising_interval,
        )

    async def stop(self):
        """Takes the device off the air without a word."""
        self.powered = False
        await self.device.stop_advertising()
        for connection in list(self.controller.le_connections.values()):
            self.air.abandon(connection)
        self.air.remove_controller(self.controller)

    async def rotate(self):
        """Takes a new resolvable private address, as a device with privacy does every quarter of an hour."""
        await self.device.stop_advertising()
        self.device.random_address = hci.Address.generate_private_address(self.irk)
        await self.device.send_command(hci.HCI_LE_Set_Random_Address_Command(random_address=self.device.random_address))
        await self.advertise()

    async def forget_bonds(self):
        await self.keystore.delete_all()

    def _session(self, manager, connection, configuration, is_initiator):
        self.pairings += 1
        return PeerSession(manager, connection, configuration, is_initiator, self)

    def _pairing_configuration(self, connection):
        kind = PairingConfig.AddressType.PUBLIC if self.kind == "public" else PairingConfig.AddressType.RANDOM
        return PairingConfig(
            sc=True, mitm=self.model in ("numeric", "passkey"), bonding=True, delegate=Delegate(self), identity_address_type=kind
        )

    def _connected(self, connection):
        pass

    @property
    def connections(self):
        return list(self.device.connections.values())

    @property
    def address(self):
        """The address it advertises with now."""
        return self.identity if self.kind == "public" else self.device.random_address.to_string(False)

    @property
    def bonded(self):
        return len(self.keystore.all_keys)
