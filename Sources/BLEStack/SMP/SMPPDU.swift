import LockCrypto
import WireBytes

/// One message of the Security Manager Protocol (Core 5.4, Vol 3 Part H 3.3), as L2CAP channel 6 carries it.
///
/// Values are most significant byte first here, as the specification's functions take them, and turned on the wire.
package enum SMPPDU: Sendable {
    case pairingRequest(PairingFeatures)
    case pairingResponse(PairingFeatures)
    /// 16 bytes.
    case confirm([UInt8])
    /// 16 bytes.
    case random([UInt8])
    case failed(UInt8)
    /// A key that LE Secure Connections never gives; its bytes are not even kept.
    case encryptionInformation
    /// Likewise.
    case centralIdentification
    case identityInformation(SecretBytes)
    case identityAddress(BluetoothAddress)
    /// A key that nobody here uses; not kept.
    case signingInformation
    case securityRequest(AuthenticationRequirements)
    /// 32 bytes each.
    case publicKey(x: [UInt8], y: [UInt8])
    /// 16 bytes.
    case dhKeyCheck([UInt8])
    case keypress(UInt8)

    /// The longest one, with its code: a public key.
    package static let longest = 65

    /// Reads a whole message. `nil` for a code the specification reserves, which it tells to ignore.
    /// - Throws: ``ByteFault``: too short, too long, or with a value that has no meaning.
    package static func decode(_ bytes: [UInt8]) throws(ByteFault) -> SMPPDU? {
        var reader = ByteReader(bytes)
        guard let code = SMPCode(rawValue: try reader.byte()) else { return nil }
        let pdu = try body(code, &reader)
        try reader.end()
        return pdu
    }

    private static func body(_ code: SMPCode, _ reader: inout ByteReader) throws(ByteFault) -> SMPPDU {
        switch code {
        case .pairingRequest: return .pairingRequest(try PairingFeatures(&reader))
        case .pairingResponse: return .pairingResponse(try PairingFeatures(&reader))
        case .confirm: return .confirm(try reader.take(16).reversed())
        case .random: return .random(try reader.take(16).reversed())
        case .failed: return .failed(try reader.byte())
        case .encryptionInformation:
            _ = try reader.take(16)
            return .encryptionInformation
        case .centralIdentification:
            _ = try reader.take(10)
            return .centralIdentification
        case .identityInformation:
            var key: [UInt8] = try reader.take(16).reversed()
            return .identityInformation(SecretBytes(wiping: &key))
        case .identityAddress:
            let start = reader.offset
            guard let kind = BluetoothAddress.Kind(rawValue: try reader.byte()) else { throw .invalid(offset: start, "kind of address") }
            return .identityAddress(try BluetoothAddress(&reader, kind: kind))
        case .signingInformation:
            _ = try reader.take(16)
            return .signingInformation
        case .securityRequest: return .securityRequest(AuthenticationRequirements(rawValue: try reader.byte()))
        case .publicKey:
            let x: [UInt8] = try reader.take(32).reversed()
            return .publicKey(x: x, y: try reader.take(32).reversed())
        case .dhKeyCheck: return .dhKeyCheck(try reader.take(16).reversed())
        case .keypress: return .keypress(try reader.byte())
        }
    }

    /// The bytes for the wire. The three keys that are never sent have no form here but their code.
    package var wireBytes: [UInt8] {
        switch self {
        case .pairingRequest(let features), .pairingResponse(let features): [code.rawValue] + features.wireBytes
        case .confirm(let value), .random(let value), .dhKeyCheck(let value): [code.rawValue] + value.reversed()
        case .failed(let reason): [code.rawValue, reason]
        case .encryptionInformation, .centralIdentification, .signingInformation: [code.rawValue]
        case .identityInformation(let key): [code.rawValue] + key.withUnsafeBytes { Array($0.reversed()) }
        case .identityAddress(let address): [code.rawValue, address.kind.rawValue] + address.wireBytes
        case .securityRequest(let authentication): [code.rawValue, authentication.rawValue]
        case .publicKey(let x, let y): [code.rawValue] + x.reversed() + y.reversed()
        case .keypress(let kind): [code.rawValue, kind]
        }
    }

    /// The first byte.
    package var code: SMPCode {
        switch self {
        case .pairingRequest: .pairingRequest
        case .pairingResponse: .pairingResponse
        case .confirm: .confirm
        case .random: .random
        case .failed: .failed
        case .encryptionInformation: .encryptionInformation
        case .centralIdentification: .centralIdentification
        case .identityInformation: .identityInformation
        case .identityAddress: .identityAddress
        case .signingInformation: .signingInformation
        case .securityRequest: .securityRequest
        case .publicKey: .publicKey
        case .dhKeyCheck: .dhKeyCheck
        case .keypress: .keypress
        }
    }
}

/// The codes of the messages (table 3.3).
package enum SMPCode: UInt8, Sendable, CaseIterable {
    case pairingRequest = 0x01
    case pairingResponse = 0x02
    case confirm = 0x03
    case random = 0x04
    case failed = 0x05
    case encryptionInformation = 0x06
    case centralIdentification = 0x07
    case identityInformation = 0x08
    case identityAddress = 0x09
    case signingInformation = 0x0A
    case securityRequest = 0x0B
    case publicKey = 0x0C
    case dhKeyCheck = 0x0D
    case keypress = 0x0E
}
