import WireBytes

/// What a client asks of a server; each is answered by its own response or an error (Core 5.4, Vol 3 Part F 3.4).
package enum ATTRequest: Equatable, Sendable {
    case exchangeMTU(client: UInt16)
    case findInformation(ClosedRange<UInt16>)
    case readByType(ClosedRange<UInt16>, BluetoothUUID)
    case readByGroupType(ClosedRange<UInt16>, BluetoothUUID)
    case read(UInt16)
    case readBlob(UInt16, offset: UInt16)
    case write(UInt16, [UInt8])
    /// A part of a long value, which the server keeps and gives back (3.4.6.1).
    case prepareWrite(UInt16, offset: UInt16, [UInt8])
    /// All parts the server keeps become the value, or are forgotten (3.4.6.3).
    case executeWrite(isCommitted: Bool)

    package var opcode: UInt8 {
        switch self {
        case .exchangeMTU: 0x02
        case .findInformation: 0x04
        case .readByType: 0x08
        case .read: 0x0A
        case .readBlob: 0x0C
        case .readByGroupType: 0x10
        case .write: 0x12
        case .prepareWrite: 0x16
        case .executeWrite: 0x18
        }
    }

    /// The request as it travels.
    package var bytes: [UInt8] {
        var bytes = [opcode]
        switch self {
        case .exchangeMTU(let client): bytes.append(littleEndian: client)
        case .findInformation(let range): bytes += Self.span(range)
        case .readByType(let range, let type), .readByGroupType(let range, let type): bytes += Self.span(range) + type.wireBytes
        case .read(let handle): bytes.append(littleEndian: handle)
        case .readBlob(let handle, let offset):
            bytes.append(littleEndian: handle)
            bytes.append(littleEndian: offset)
        case .write(let handle, let value):
            bytes.append(littleEndian: handle)
            bytes += value
        case .prepareWrite(let handle, let offset, let part):
            bytes.append(littleEndian: handle)
            bytes.append(littleEndian: offset)
            bytes += part
        case .executeWrite(let isCommitted): bytes.append(isCommitted ? 1 : 0)
        }
        return bytes
    }

    /// Write Command, which has no answer (3.4.5.3).
    package static func writeCommand(_ handle: UInt16, _ value: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x52]
        bytes.append(littleEndian: handle)
        return bytes + value
    }

    private static func span(_ range: ClosedRange<UInt16>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: range.lowerBound)
        bytes.append(littleEndian: range.upperBound)
        return bytes
    }
}
