"""The controller the host under test speaks to: Bumble's, held to what the Core Specification asks of a controller.

Vol 4 Part E unless said. What the stock controller does otherwise is listed in README.md.
"""

import asyncio

from bumble import hci, ll
from bumble.controller import Connection, Controller
from bumble.core import PhysicalTransport

from strict_scan import ScanReports

ERROR = hci.HCI_ErrorCode
DEFAULT_EVENT_MASK = 0x00001FFFFFFFFFFF
DEFAULT_LE_EVENT_MASK = 0x1F
# 3.1.1: using one kind forbids the other until Reset.
LEGACY = set(range(0x2006, 0x200E))
EXTENDED = set(range(0x2036, 0x2044)) - {0x203F}
# Event code → bit of the event mask (7.3.1); what is not here is always sent.
MASKED = {0x05: 4, 0x08: 7, 0x0C: 11, 0x10: 15, 0x1A: 25, 0x30: 47, 0x3E: 61}


class StrictController(ScanReports, Controller):
    """One LE controller; `trace` learns of every packet and of every rule the host breaks."""

    def __init__(self, name, air, faults, trace, buffers=(27, 8), extended=True, public_address="00:00:00:00:00:00"):
        super().__init__(name, link=air, public_address=public_address)
        self.faults = faults
        self.trace = trace
        self.le_acl_data_packet_length, self.total_num_le_acl_data_packets = buffers
        if not extended:
            self.le_features &= ~(hci.LeFeatureMask.LE_EXTENDED_ADVERTISING | hci.LeFeatureMask.LE_PERIODIC_ADVERTISING)
        self.extended = extended
        self.supported_commands = {
            code for code in self.supported_commands | {0x2006, 0x2041, 0x2042, 0x2043, 0x2018} if self._handler(code)
        }
        self.outstanding = {}
        self.withheld = []
        self._to_defaults()

    def advertises(self, address):
        return False

    def _to_defaults(self):
        self.event_mask, self.le_event_mask, self.event_mask_page_2 = DEFAULT_EVENT_MASK, DEFAULT_LE_EVENT_MASK, 0
        self.family = None
        self.le_scan_enable = self.filter_duplicates = False
        self.reported = set()
        self.le_scan_type = 0
        self.pending_le_connection = None
        self.accept_list = set()
        self._random_address = hci.Address("00:00:00:00:00:00")
        self.outstanding.clear()
        self.withheld.clear()

    def _handler(self, opcode):
        if opcode not in hci.HCI_Command.command_classes or opcode in EXTENDED and not self.extended:
            return None
        return getattr(self, f"on_{hci.HCI_Command.command_name(opcode).lower()}", None)

    # From the host.

    def on_packet(self, packet):
        self.trace.packet("host", packet)
        if self.faults.mute:
            return
        try:
            super().on_packet(packet)
        except Exception as error:  # the host's packet, whatever is wrong with it
            self.trace.violation("packet that cannot be read", f"{bytes(packet).hex()}: {error}")
            if packet[0] == hci.HCI_COMMAND_PACKET and len(packet) >= 3:
                self._send_hci_command_status(ERROR.INVALID_COMMAND_PARAMETERS_ERROR, int.from_bytes(packet[1:3], "little"))

    def on_hci_command_packet(self, command):
        opcode = command.op_code
        fault = self.faults.meet_command(opcode)
        if fault and fault.action == "ignore":
            return
        status = fault.status if fault else self._refusal(opcode)
        if status:
            self._refuse(command, status)
        else:
            super().on_hci_command_packet(command)

    def _refusal(self, opcode):
        if not self._handler(opcode):
            self.trace.violation("command the controller does not have", hex(opcode))
            return ERROR.UNKNOWN_HCI_COMMAND_ERROR
        family = "legacy" if opcode in LEGACY else "extended" if opcode in EXTENDED else None
        if family and self.family not in (None, family):
            self.trace.violation("legacy and extended commands mixed", hex(opcode))
            return ERROR.COMMAND_DISALLOWED_ERROR
        self.family = self.family or family
        return 0

    def _refuse(self, command, status):
        if isinstance(command, hci.HCI_SyncCommand):
            self._complete(command.op_code, bytes([status]))
        else:
            self._send_hci_command_status(status, command.op_code)

    def _complete(self, opcode, parameters):
        self.send_raw(bytes([0x04, 0x0E, 3 + len(parameters), 1]) + opcode.to_bytes(2, "little") + parameters)

    def on_hci_acl_data_packet(self, packet):
        connection = self.find_le_connection_by_handle(packet.connection_handle)
        if not connection:
            self.trace.violation("data on an unknown handle", hex(packet.connection_handle))
            return
        if len(packet.data) > self.le_acl_data_packet_length:
            self.trace.violation("data longer than the controller's buffer", str(len(packet.data)))
            return
        if packet.pb_flag not in (0, 1):
            self.trace.violation("packet boundary flag of a host is 0 or 1", str(packet.pb_flag))
            return
        handle = connection.handle
        self.outstanding[handle] = self.outstanding.get(handle, 0) + 1
        if sum(self.outstanding.values()) > self.total_num_le_acl_data_packets:
            self.trace.violation("more data than the controller has buffers", str(self.outstanding))
        try:
            connection.assembler.feed_packet(packet)
        except Exception as error:
            self.trace.violation("fragments that make no PDU", str(error))
        self.link.after_event(connection, lambda: self.return_credit(handle))

    def return_credit(self, handle):
        """One buffer is free again (7.7.19)."""
        if self.faults.withhold_credits:
            self.withheld.append(handle)
        elif self.outstanding.get(handle, 0) > 0:
            self.outstanding[handle] -= 1
            self.send_hci_packet(
                hci.HCI_Number_Of_Completed_Packets_Event(connection_handles=[handle], num_completed_packets=[1])
            )

    def release_credits(self):
        """Returns what was withheld."""
        handles, self.withheld = self.withheld, []
        for handle in handles:
            self.return_credit(handle)

    # To the host.

    def send_hci_packet(self, packet):
        if isinstance(packet, hci.HCI_Event):
            bit = MASKED.get(packet.event_code)
            if bit is not None and not self.event_mask >> bit & 1:
                return
            if packet.event_code == 0x3E and not self.le_event_mask >> (packet.subevent_code - 1) & 1:
                return
        self.send_raw(bytes(packet))

    def send_raw(self, packet):
        """Sends one H4 packet, unless the controller is mute."""
        if not self.faults.mute and self.host:
            self.trace.packet("controller", packet)
            asyncio.get_running_loop().call_soon(self.host.on_packet, packet)

    def on_link_acl_data(self, sender_address, transport, data):
        connection = self.le_connections.get(sender_address)
        if not connection or transport != PhysicalTransport.LE:
            return
        size = self.le_acl_data_packet_length
        for offset in range(0, len(data), size):
            piece = data[offset : offset + size]
            self.send_hci_packet(hci.HCI_AclDataPacket(connection.handle, 1 if offset else 2, 0, len(piece), piece))

    # Connections.

    def _initiate(self, command):
        own_random = command.own_address_type in (1, 3)
        if self.pending_le_connection:
            status = ERROR.COMMAND_DISALLOWED_ERROR
        elif command.initiator_filter_policy == 0 and command.peer_address in self.le_connections:
            status = ERROR.CONNECTION_ALREADY_EXISTS_ERROR
        elif own_random and self._random_address == hci.Address("00:00:00:00:00:00"):
            self.trace.violation("own address random, and none set")
            status = ERROR.INVALID_COMMAND_PARAMETERS_ERROR
        else:
            status = 0
            self.pending_le_connection = command
        self._send_hci_command_status(status, command.op_code)

    on_hci_le_create_connection_command = _initiate
    on_hci_le_extended_create_connection_command = _initiate

    def on_hci_le_create_connection_cancel_command(self, command):
        if not self.pending_le_connection:
            return hci.HCI_StatusReturnParameters(ERROR.COMMAND_DISALLOWED_ERROR)
        pending, self.pending_le_connection = self.pending_le_connection, None
        asyncio.get_running_loop().call_soon(
            self._send_connection_complete, ERROR.UNKNOWN_CONNECTION_IDENTIFIER_ERROR, 0, pending.peer_address, 0, 0, 0
        )
        return hci.HCI_StatusReturnParameters(ERROR.SUCCESS)

    def initiate_to(self, advert):
        """Takes a connectable advertisement: connects, if it is the one that is waited for."""
        pending = self.pending_le_connection
        peer = advert.advertiser_address
        if not pending or not advert.connectable or peer in self.le_connections:
            return
        if peer != pending.peer_address if pending.initiator_filter_policy == 0 else peer not in self.accept_list:
            return
        self.pending_le_connection = None
        own = self.public_address if pending.own_address_type in (0, 2) else self.random_address
        if isinstance(pending, hci.HCI_LE_Extended_Create_Connection_Command):
            interval, latency, timeout = pending.connection_interval_maxs[0], pending.max_latencies[0], pending.supervision_timeouts[0]
        else:
            interval, latency, timeout = pending.connection_interval_max, pending.max_latency, pending.supervision_timeout
        connection = Connection(
            self, self.allocate_connection_handle(), hci.Role.CENTRAL, own, peer, self.link, PhysicalTransport.LE,
            hci.HCI_Connection_Complete_Event.LinkType.ACL,
        )
        self.le_connections[peer] = connection
        self.send_advertising_pdu(ll.ConnectInd(own, peer, interval, latency, timeout))
        self._send_connection_complete(0, connection.handle, peer, interval, latency, timeout)

    def _send_connection_complete(self, status, handle, peer, interval, latency, timeout):
        """The newest of the three events that the host has not masked (7.7.65.1, .10)."""
        fields = {
            "status": status, "connection_handle": handle, "role": hci.Role.CENTRAL, "peer_address_type": peer.address_type,
            "peer_address": peer, "connection_interval": interval, "peripheral_latency": latency, "supervision_timeout": timeout,
            "central_clock_accuracy": 0,
        }
        if self.le_event_mask >> 9 & 1:
            none = hci.Address("00:00:00:00:00:00")
            fields |= {"local_resolvable_private_address": none, "peer_resolvable_private_address": none}
            self.send_hci_packet(hci.HCI_LE_Enhanced_Connection_Complete_Event(**fields))
        else:
            self.send_hci_packet(hci.HCI_LE_Connection_Complete_Event(**fields))

    def on_hci_disconnect_command(self, command):
        connection = self.find_le_connection_by_handle(command.connection_handle)
        if not connection:
            self._send_hci_command_status(ERROR.UNKNOWN_CONNECTION_IDENTIFIER_ERROR, command.op_code)
            return
        self._send_hci_command_status(ERROR.SUCCESS, command.op_code)
        connection.send_ll_control_pdu(ll.TerminateInd(command.reason))
        self.link.after_event(connection, lambda: self._ended(connection))

    def _ended(self, connection):
        if connection.peer_address in self.le_connections:
            self.on_le_disconnected(connection, ERROR.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR)

    def on_le_disconnected(self, connection, reason):
        self.outstanding.pop(connection.handle, None)
        if self.le_connections.get(connection.peer_address) is connection:
            super().on_le_disconnected(connection, reason)

    # Reset, addresses, the filter accept list.

    def forget_host(self):
        """Back to how it was switched on; the peers notice when their supervision time is over."""
        for connection in list(self.le_connections.values()):
            self.link.abandon(connection)
        self._to_defaults()

    def on_hci_reset_command(self, command):
        self.forget_host()
        return hci.HCI_StatusReturnParameters(ERROR.SUCCESS)

    def on_hci_le_set_random_address_command(self, command):
        if self.pending_le_connection or self.le_scan_enable:
            self.trace.violation("random address set while scanning or connecting")
            return hci.HCI_StatusReturnParameters(ERROR.COMMAND_DISALLOWED_ERROR)
        return super().on_hci_le_set_random_address_command(command)

    def on_hci_le_clear_filter_accept_list_command(self, command):
        self.accept_list.clear()
        return hci.HCI_StatusReturnParameters(ERROR.SUCCESS)

    def on_hci_le_add_device_to_filter_accept_list_command(self, command):
        self.accept_list.add(command.address)
        return hci.HCI_StatusReturnParameters(ERROR.SUCCESS)

    def on_hci_le_remove_device_from_filter_accept_list_command(self, command):
        self.accept_list.discard(command.address)
        return hci.HCI_StatusReturnParameters(ERROR.SUCCESS)
