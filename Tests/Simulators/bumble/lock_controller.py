"""The controller inside a virtual lock: Bumble's, with what it advertises told apart."""

import dataclasses

from bumble import hci, ll
from bumble.controller import Controller

PROPERTIES = hci.HCI_LE_Set_Extended_Advertising_Parameters_Command.AdvertisingProperties


@dataclasses.dataclass
class Advert(ll.AdvExtInd):
    """An advertisement with its scan response apart, and what may be done about it."""

    scan_response: bytes = b""
    connectable: bool = True
    scannable: bool = True
    legacy: bool = True
    rssi: int = -50


class LockController(Controller):
    """Sends its scan response as such, and says whether it can be connected to."""

    rssi = -50

    def advertises(self, address):
        """Whether one of its advertising sets is on under this address."""
        return any(each.enabled and each.address == address for each in self.advertising_sets.values())

    def send_advertising_pdu(self, packet):
        if isinstance(packet, ll.AdvExtInd):
            advertising = next((each for each in self.advertising_sets.values() if each.address == packet.advertiser_address), None)
            if not advertising or not advertising.parameters:
                return
            properties = advertising.parameters.advertising_event_properties
            packet = Advert(
                advertiser_address=packet.advertiser_address,
                data=packet.data,
                sid=packet.sid,
                scan_response=bytes(advertising.scan_response_data),
                connectable=bool(properties & PROPERTIES.CONNECTABLE_ADVERTISING),
                scannable=bool(properties & PROPERTIES.SCANNABLE_ADVERTISING),
                legacy=bool(properties & PROPERTIES.USE_LEGACY_ADVERTISING_PDUS),
                rssi=self.rssi,
            )
        super().send_advertising_pdu(packet)
