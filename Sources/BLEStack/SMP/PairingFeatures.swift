import WireBytes

/// What a device can show and be told (Core 5.4, Vol 3 Part H 3.5.1).
package enum IOCapability: UInt8, Sendable, CaseIterable {
    case displayOnly = 0
    case displayYesNo = 1
    case keyboardOnly = 2
    case noInputNoOutput = 3
    case keyboardDisplay = 4
}

/// What one side offers in a Pairing Request or Response.
package struct PairingFeatures: Sendable, Equatable {
    package var ioCapability: IOCapability
    /// Whether it holds data the other side gave out of band.
    package var hasOutOfBandData: Bool
    package var authentication: AuthenticationRequirements
    /// 7 to 16 bytes.
    package var maximumKeySize: UInt8
    package var centralKeys: KeyDistribution
    package var peripheralKeys: KeyDistribution

    package init(
        ioCapability: IOCapability, hasOutOfBandData: Bool = false, authentication: AuthenticationRequirements, maximumKeySize: UInt8 = 16,
        centralKeys: KeyDistribution = .identity, peripheralKeys: KeyDistribution = .identity
    ) {
        self.ioCapability = ioCapability
        self.hasOutOfBandData = hasOutOfBandData
        self.authentication = authentication
        self.maximumKeySize = maximumKeySize
        self.centralKeys = centralKeys
        self.peripheralKeys = peripheralKeys
    }

    /// Reads the six bytes after the code. A key size is taken as it is: what to make of it is the machine's to say.
    /// - Throws: ``ByteFault``: `truncated`, or `invalid` for values the specification reserves.
    init(_ reader: inout ByteReader) throws(ByteFault) {
        let start = reader.offset
        guard let capability = IOCapability(rawValue: try reader.byte()) else { throw .invalid(offset: start, "IO capability") }
        let flag = try reader.byte()
        guard flag <= 1 else { throw .invalid(offset: start + 1, "OOB flag") }
        ioCapability = capability
        hasOutOfBandData = flag == 1
        authentication = AuthenticationRequirements(rawValue: try reader.byte())
        guard authentication.isSubset(of: .known) else { throw .invalid(offset: start + 2, "authentication requirements") }
        maximumKeySize = try reader.byte()
        centralKeys = KeyDistribution(rawValue: try reader.byte() & 0x0F)
        peripheralKeys = KeyDistribution(rawValue: try reader.byte() & 0x0F)
    }

    /// The six bytes after the code.
    var wireBytes: [UInt8] {
        [
            ioCapability.rawValue, hasOutOfBandData ? 1 : 0, authentication.rawValue, maximumKeySize, centralKeys.rawValue,
            peripheralKeys.rawValue,
        ]
    }

    /// The three bytes that f6 authenticates; key sizes and key distribution are not among them.
    package var checkedBytes: [UInt8] { [authentication.rawValue, hasOutOfBandData ? 1 : 0, ioCapability.rawValue] }
}

/// AuthReq (3.5.1).
package struct AuthenticationRequirements: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let bonding = Self(rawValue: 0x01)
    package static let manInTheMiddle = Self(rawValue: 0x04)
    package static let secureConnections = Self(rawValue: 0x08)
    package static let keypress = Self(rawValue: 0x10)
    package static let crossTransport = Self(rawValue: 0x20)
    /// Every bit that has a meaning; the second bonding bit has none.
    static let known: Self = [.bonding, .manInTheMiddle, .secureConnections, .keypress, .crossTransport]
}

/// Which keys a side gives away once the link is encrypted (3.6.1).
package struct KeyDistribution: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let encryption = Self(rawValue: 0x01)
    package static let identity = Self(rawValue: 0x02)
    package static let signing = Self(rawValue: 0x04)
    package static let link = Self(rawValue: 0x08)
}
