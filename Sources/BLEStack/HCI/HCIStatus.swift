/// A controller's error code; 0 is success (Core 5.4, Vol 1 Part F 1.3).
package struct HCIStatus: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let success = HCIStatus(rawValue: 0x00)
    package static let unknownCommand = HCIStatus(rawValue: 0x01)
    package static let unknownConnection = HCIStatus(rawValue: 0x02)
    package static let authenticationFailure = HCIStatus(rawValue: 0x05)
    package static let keyMissing = HCIStatus(rawValue: 0x06)
    package static let connectionTimeout = HCIStatus(rawValue: 0x08)
    package static let connectionLimit = HCIStatus(rawValue: 0x09)
    package static let connectionExists = HCIStatus(rawValue: 0x0B)
    package static let commandDisallowed = HCIStatus(rawValue: 0x0C)
    package static let remoteUserEnded = HCIStatus(rawValue: 0x13)
    package static let localHostEnded = HCIStatus(rawValue: 0x16)
    package static let unacceptableParameters = HCIStatus(rawValue: 0x3B)
    package static let micFailure = HCIStatus(rawValue: 0x3D)
    package static let failedToEstablish = HCIStatus(rawValue: 0x3E)

    package var isSuccess: Bool { self == .success }
}

extension HCIStatus: CustomStringConvertible {
    package var description: String {
        switch self {
        case .success: "success"
        case .unknownCommand: "unknown command"
        case .unknownConnection: "unknown connection"
        case .authenticationFailure: "authentication failure"
        case .keyMissing: "key missing"
        case .connectionTimeout: "connection timeout"
        case .connectionLimit: "connection limit exceeded"
        case .connectionExists: "connection exists already"
        case .commandDisallowed: "command disallowed"
        case .remoteUserEnded: "ended by the peer"
        case .localHostEnded: "ended by this side"
        case .unacceptableParameters: "unacceptable connection parameters"
        case .micFailure: "MIC failure"
        case .failedToEstablish: "failed to be established"
        default: "status 0x" + String(rawValue, radix: 16, uppercase: true)
        }
    }
}
