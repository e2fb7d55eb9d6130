import WireBytes

extension HCIEvent {
    /// Reads an event packet's payload.
    ///
    /// - Throws: ``ByteFault`` with the place; the event is dropped. What waited for it times out, and then the controller is reset.
    package init(_ payload: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(payload)
        let code = try reader.byte()
        let length = Int(try reader.byte())
        guard reader.remaining >= length else { throw .truncated(offset: payload.count) }
        guard reader.remaining == length else { throw .trailing(offset: 2 + length) }
        self = try HCIEvent.read(code, &reader)
    }

    private static func read(_ code: UInt8, _ reader: inout ByteReader) throws(ByteFault) -> HCIEvent {
        let event: HCIEvent
        switch code {
        case 0x05:
            let status = try reader.status()
            let handle = try reader.handle()
            event = .disconnectionComplete(status, handle: handle, reason: try reader.status())
        case 0x08:
            let status = try reader.status()
            let handle = try reader.handle()
            event = .encryptionChange(status, handle: handle, isOn: try reader.byte() != 0)
        case 0x59:
            let status = try reader.status()
            let handle = try reader.handle()
            let isOn = try reader.byte() != 0
            _ = try reader.byte()
            event = .encryptionChange(status, handle: handle, isOn: isOn)
        case 0x30: event = .encryptionKeyRefresh(try reader.status(), handle: try reader.handle())
        case 0x0E:
            let credits = try reader.byte()
            let opcode = HCIOpcode(rawValue: try reader.uint16())
            event = .commandComplete(credits: credits, opcode: opcode, returned: reader.rest())
        case 0x0F:
            let status = try reader.status()
            let credits = try reader.byte()
            event = .commandStatus(status, credits: credits, opcode: HCIOpcode(rawValue: try reader.uint16()))
        case 0x10: event = .hardwareError(try reader.byte())
        case 0x13: event = .completedPackets(try reader.completedPackets())
        case 0x3E: return try readMeta(&reader)
        default: return .other(code: code)
        }
        try reader.end()
        return event
    }

    private static func readMeta(_ reader: inout ByteReader) throws(ByteFault) -> HCIEvent {
        let event: HCIEvent
        let subevent = try reader.byte()
        switch subevent {
        case 0x01: event = .connectionComplete(try reader.connection(addressesOfOurs: false, extra: 0))
        case 0x0A: event = .connectionComplete(try reader.connection(addressesOfOurs: true, extra: 0))
        case 0x29: event = .connectionComplete(try reader.connection(addressesOfOurs: true, extra: 3))
        case 0x02: event = .advertising(try reader.legacyReports())
        case 0x0D: event = .advertising(try reader.extendedReports())
        case 0x03:
            event = .connectionUpdate(try reader.status(), handle: try reader.handle())
            _ = try reader.take(6)
        case 0x05:
            event = .longTermKeyRequest(handle: try reader.handle())
            _ = try reader.take(10)
        case 0x06: event = .connectionParameterRequest(handle: try reader.handle(), try ConnectionParameters(&reader))
        default: return .other(code: 0x3E)
        }
        try reader.end()
        return event
    }
}

extension ByteReader {
    fileprivate mutating func status() throws(ByteFault) -> HCIStatus { HCIStatus(rawValue: try byte()) }

    /// Twelve bits; the specification keeps the others at 0.
    fileprivate mutating func handle() throws(ByteFault) -> UInt16 {
        let place = offset
        let handle = try uint16()
        guard handle <= 0x0EFF else { throw .invalid(offset: place, "no connection handle") }
        return handle
    }

    fileprivate mutating func completedPackets() throws(ByteFault) -> [HCIEvent.CompletedPackets] {
        var entries: [HCIEvent.CompletedPackets] = []
        for _ in 0..<(try byte()) {
            let handle = try handle()
            entries.append(HCIEvent.CompletedPackets(handle: handle, count: Int(try uint16())))
        }
        return entries
    }

    /// 7.7.65.1, .10 and .41. Where it failed the other fields mean nothing, and some controllers fill them so.
    fileprivate mutating func connection(addressesOfOurs: Bool, extra: Int) throws(ByteFault) -> HCIEvent.LEConnection {
        let status = try status()
        let handle = status.isSuccess ? try handle() : try uint16()
        let isCentral = try byte() == 0
        let kind = BluetoothAddress.Kind(rawValue: try byte() & 1) ?? .public
        let peer = try BluetoothAddress(&self, kind: kind)
        _ = try take((addressesOfOurs ? 12 : 0) + 7 + extra)
        return HCIEvent.LEConnection(status: status, handle: handle, isCentral: isCentral, peer: peer)
    }

    /// 7.7.65.2.
    fileprivate mutating func legacyReports() throws(ByteFault) -> [AdvertisingReport] {
        var reports: [AdvertisingReport] = []
        for _ in 0..<(try byte()) {
            let type = try byte()
            let kind = BluetoothAddress.Kind(rawValue: try byte() & 1) ?? .public
            let address = try BluetoothAddress(&self, kind: kind)
            let data = try take(Int(try byte()))
            let rssi = Int8(bitPattern: try byte())
            reports.append(
                AdvertisingReport(address: address, isConnectable: type <= 1, isScanResponse: type == 4, rssi: rssi, data: data))
        }
        return reports
    }

    /// 7.7.65.13. An advertisement in several reports is given as it comes: locks use one.
    fileprivate mutating func extendedReports() throws(ByteFault) -> [AdvertisingReport] {
        var reports: [AdvertisingReport] = []
        for _ in 0..<(try byte()) {
            let type = try uint16()
            let addressType = try byte()
            let address = try BluetoothAddress(&self, kind: BluetoothAddress.Kind(rawValue: addressType & 1) ?? .public)
            _ = try take(4)
            let rssi = Int8(bitPattern: try byte())
            _ = try take(9)
            let data = try take(Int(try byte()))
            // 0xFF: it did not say who it is.
            guard addressType != 0xFF else { continue }
            reports.append(
                AdvertisingReport(address: address, isConnectable: type & 1 != 0, isScanResponse: type & 8 != 0, rssi: rssi, data: data))
        }
        return reports
    }
}
