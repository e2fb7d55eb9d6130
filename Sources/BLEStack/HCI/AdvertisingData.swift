import WireBytes

/// What a device says of itself in an advertisement (Core Specification Supplement 11, Part A).
///
/// Read as far as it makes sense: what is cut off or unknown is left out, as anybody may send anything.
package struct AdvertisingData: Equatable, Sendable {
    /// Bytes under a number or a UUID.
    package struct Named<Name: Equatable & Sendable>: Equatable, Sendable {
        package let name: Name
        package let bytes: [UInt8]
    }

    package private(set) var name: String?
    package private(set) var services: [BluetoothUUID] = []
    package private(set) var serviceData: [Named<BluetoothUUID>] = []
    package private(set) var manufacturer: [Named<UInt16>] = []

    package init(_ bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        // A length of 0 ends the significant part early.
        while let length = try? reader.byte(), length > 0, let structure = try? reader.take(Int(length)) {
            take(structure[0], Array(structure.dropFirst()))
        }
    }

    private mutating func take(_ type: UInt8, _ bytes: [UInt8]) {
        switch type {
        case 0x02, 0x03: takeServices(bytes, each: 2)
        case 0x04, 0x05: takeServices(bytes, each: 4)
        case 0x06, 0x07: takeServices(bytes, each: 16)
        // The shortened name only where there is no complete one.
        case 0x08: if name == nil { name = String(decoding: bytes, as: UTF8.self) }
        case 0x09: name = String(decoding: bytes, as: UTF8.self)
        case 0x16: takeServiceData(bytes, 2)
        case 0x20: takeServiceData(bytes, 4)
        case 0x21: takeServiceData(bytes, 16)
        case 0xFF:
            var reader = ByteReader(bytes)
            guard let company = try? reader.uint16() else { return }
            manufacturer.append(Named(name: company, bytes: reader.rest()))
        default: break
        }
    }

    private mutating func takeServices(_ bytes: [UInt8], each size: Int) {
        var reader = ByteReader(bytes)
        while let uuid = try? BluetoothUUID(&reader, bytes: size) {
            if !services.contains(uuid) { services.append(uuid) }
        }
    }

    private mutating func takeServiceData(_ bytes: [UInt8], _ size: Int) {
        var reader = ByteReader(bytes)
        guard let uuid = try? BluetoothUUID(&reader, bytes: size) else { return }
        serviceData.append(Named(name: uuid, bytes: reader.rest()))
    }
}
