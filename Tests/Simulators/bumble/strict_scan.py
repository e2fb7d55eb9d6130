"""Scanning as the specification has it: one kind of report for each family, scan responses only when asked for, duplicates filtered."""

from bumble import hci

from lock_controller import Advert

LONGEST_REPORT = 229


class ScanReports:
    """The scanning half of the strict controller."""

    def _scan_enable(self, enable, filter_duplicates):
        own_random = self.le_scan_own_address_type in (1, 3)
        if enable and own_random and self._random_address == hci.Address("00:00:00:00:00:00"):
            self.trace.violation("own address random, and none set")
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.INVALID_COMMAND_PARAMETERS_ERROR)
        self.le_scan_enable, self.filter_duplicates = bool(enable), bool(filter_duplicates)
        self.reported.clear()
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def on_hci_le_set_scan_enable_command(self, command):
        return self._scan_enable(command.le_scan_enable, command.filter_duplicates)

    def on_hci_le_set_extended_scan_enable_command(self, command):
        return self._scan_enable(command.enable, command.filter_duplicates)

    def on_hci_le_set_extended_scan_parameters_command(self, command):
        if self.le_scan_enable:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        self.le_scan_type = command.scan_types[0]
        return super().on_hci_le_set_extended_scan_parameters_command(command)

    def on_advertising_pdu(self, pdu):
        if not isinstance(pdu, Advert):
            return
        if self.le_scan_enable and (pdu.legacy or self.family == "extended"):
            self._report(pdu, False)
            if self.le_scan_type == 1 and pdu.scannable:
                self._report(pdu, True)
        self.initiate_to(pdu)

    def _report(self, pdu, response):
        # Data is not significant for what a duplicate is (Vol 6 Part B 4.4.3.5), so a change shows only after scanning starts again.
        duplicate = (pdu.advertiser_address, response)
        if self.filter_duplicates and duplicate in self.reported:
            return
        self.reported.add(duplicate)
        data = pdu.scan_response if response else pdu.data
        (self._extended_report if self.family == "extended" else self._legacy_report)(pdu, response, data)

    def _legacy_report(self, pdu, response, data):
        kind = 4 if response else 0 if pdu.connectable else 2 if pdu.scannable else 3
        report = hci.HCI_LE_Advertising_Report_Event.Report(
            event_type=kind, address_type=pdu.advertiser_address.address_type, address=pdu.advertiser_address, data=data[:31],
            rssi=pdu.rssi,
        )
        self.send_hci_packet(hci.HCI_LE_Advertising_Report_Event([report]))

    def _extended_report(self, pdu, response, data):
        kind = pdu.connectable | pdu.scannable << 1 | response << 3 | pdu.legacy << 4
        pieces = [data[at : at + LONGEST_REPORT] for at in range(0, len(data), LONGEST_REPORT)] or [b""]
        for number, piece in enumerate(pieces):
            more = 0x20 if number + 1 < len(pieces) else 0
            report = hci.HCI_LE_Extended_Advertising_Report_Event.Report(
                event_type=kind | more, address_type=pdu.advertiser_address.address_type, address=pdu.advertiser_address,
                primary_phy=1, secondary_phy=0 if pdu.legacy else 1, advertising_sid=0xFF if pdu.legacy else pdu.sid, tx_power=0x7F,
                rssi=pdu.rssi, periodic_advertising_interval=0, direct_address_type=0, direct_address=hci.Address.ANY, data=piece,
            )
            self.send_hci_packet(hci.HCI_LE_Extended_Advertising_Report_Event([report]))
