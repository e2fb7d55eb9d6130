import WireBytes

/// A server's answer, read as the answer to one request.
package enum ATTResponse: Equatable, Sendable {
    /// An attribute with its type.
    package struct Information: Equatable, Sendable {
        package let handle: UInt16
        package let type: BluetoothUUID
    }

    /// An attribute with its value; a group ends at `end`.
    package struct Attribute: Equatable, Sendable {
        package let handle: UInt16
        package let end: UInt16
        package let value: [UInt8]
    }

    case mtu(server: UInt16)
    case information([Information])
    case attributes([Attribute])
    case value([UInt8])
    case written
    /// What the server keeps of a prepared write; to be compared with what was sent.
    case prepared(handle: UInt16, offset: UInt16, [UInt8])
    case error(ATTErrorCode)

    /// Reads the packet that answers `request`.
    ///
    /// Guarantees that handles lie in the range asked for and rise, so that a walk over them comes to an end.
    /// - Throws: ``ByteFault`` with the place; the link has to end, as nobody can tell what the peer did.
    package init(_ packet: [UInt8], to request: ATTRequest) throws(ByteFault) {
        var reader = ByteReader(packet)
        let opcode = try reader.byte()
        if opcode == 0x01 {
            let asked = try reader.byte()
            guard asked == request.opcode else { throw .invalid(offset: 1, "an error to another request") }
            _ = try reader.uint16()
            self = .error(ATTErrorCode(rawValue: try reader.byte()))
            try reader.end()
            return
        }
        guard opcode == request.opcode + 1 else { throw .invalid(offset: 0, "an answer to another request") }
        switch request {
        case .exchangeMTU:
            let server = try reader.uint16()
            guard server >= 23 else { throw .invalid(offset: 1, "an MTU below 23") }
            self = .mtu(server: server)
        case .findInformation(let range): self = .information(try Self.information(&reader, range))
        case .readByType(let range, _): self = .attributes(try Self.attributes(&reader, range, isGroup: false))
        case .readByGroupType(let range, _): self = .attributes(try Self.attributes(&reader, range, isGroup: true))
        case .read, .readBlob: self = .value(reader.rest())
        case .write, .executeWrite: self = .written
        case .prepareWrite: self = .prepared(handle: try reader.uint16(), offset: try reader.uint16(), reader.rest())
        }
        try reader.end()
    }

    /// 3.4.3.2.
    private static func information(_ reader: inout ByteReader, _ range: ClosedRange<UInt16>) throws(ByteFault) -> [Information] {
        let form = try reader.byte()
        guard form == 1 || form == 2 else { throw .invalid(offset: 1, "form \(form)") }
        var entries: [Information] = []
        var least = range.lowerBound
        repeat {
            let handle = try self.handle(&reader, from: least, range)
            entries.append(Information(handle: handle, type: try BluetoothUUID(&reader, bytes: form == 1 ? 2 : 16)))
            least = handle == .max ? .max : handle + 1
        } while reader.remaining > 0
        return entries
    }

    /// 3.4.4.2 and 3.4.4.10.
    private static func attributes(
        _ reader: inout ByteReader, _ range: ClosedRange<UInt16>, isGroup: Bool
    ) throws(ByteFault) -> [Attribute] {
        let size = Int(try reader.byte())
        let head = isGroup ? 4 : 2
        guard size >= head else { throw .invalid(offset: 1, "entries of \(size) bytes") }
        var entries: [Attribute] = []
        var least = range.lowerBound
        repeat {
            let handle = try self.handle(&reader, from: least, range)
            let place = reader.offset
            let end = isGroup ? try reader.uint16() : handle
            guard end >= handle else { throw .invalid(offset: place, "a group that ends before it begins") }
            entries.append(Attribute(handle: handle, end: end, value: try reader.take(size - head)))
            least = end == .max ? .max : end + 1
        } while reader.remaining > 0
        return entries
    }

    private static func handle(
        _ reader: inout ByteReader, from least: UInt16, _ range: ClosedRange<UInt16>
    ) throws(ByteFault) -> UInt16 {
        let place = reader.offset
        let handle = try reader.uint16()
        guard handle >= least, range.contains(handle), handle > 0 else { throw .invalid(offset: place, "handle \(handle) out of turn") }
        return handle
    }
}
