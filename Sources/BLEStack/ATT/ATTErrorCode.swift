/// Why a server refused a request (Core 5.4, Vol 3 Part F 3.4.1.1).
package struct ATTErrorCode: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let invalidHandle = ATTErrorCode(rawValue: 0x01)
    package static let insufficientAuthentication = ATTErrorCode(rawValue: 0x05)
    package static let requestNotSupported = ATTErrorCode(rawValue: 0x06)
    package static let invalidOffset = ATTErrorCode(rawValue: 0x07)
    package static let prepareQueueFull = ATTErrorCode(rawValue: 0x09)
    package static let attributeNotFound = ATTErrorCode(rawValue: 0x0A)
    package static let attributeNotLong = ATTErrorCode(rawValue: 0x0B)
    package static let insufficientEncryption = ATTErrorCode(rawValue: 0x0F)
    package static let databaseOutOfSync = ATTErrorCode(rawValue: 0x12)
}

extension ATTErrorCode: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidHandle: "invalid handle"
        case .insufficientAuthentication: "insufficient authentication"
        case .requestNotSupported: "request not supported"
        case .invalidOffset: "invalid offset"
        case .prepareQueueFull: "prepare queue full"
        case .attributeNotFound: "attribute not found"
        case .attributeNotLong: "attribute not long"
        case .insufficientEncryption: "insufficient encryption"
        case .databaseOutOfSync: "database out of sync"
        default: "ATT error 0x" + String(rawValue, radix: 16, uppercase: true)
        }
    }
}
