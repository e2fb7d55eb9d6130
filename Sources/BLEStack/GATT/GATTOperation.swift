/// The number a caller gives a request, to know its answer by.
package typealias HostRequestID = UInt64

/// What a caller may ask of a link that stands.
package enum GATTOperation: Equatable, Sendable {
    /// The largest packet agreed on.
    case mtu
    /// The whole database.
    case discover
    case subscribe(GATTTarget, isOn: Bool, byIndication: Bool)
    case read(GATTTarget)
    case write(GATTTarget, [UInt8], withResponse: Bool)
}

/// A characteristic by name; the first one where no service is named.
package struct GATTTarget: Equatable, Sendable {
    package let service: BluetoothUUID?
    package let characteristic: BluetoothUUID

    package init(_ characteristic: BluetoothUUID, in service: BluetoothUUID? = nil) {
        self.service = service
        self.characteristic = characteristic
    }
}

/// What came of an operation.
package enum GATTValue: Equatable, Sendable {
    case mtu(Int)
    case database(GATTDatabase)
    case value([UInt8])
    case done
}

/// Why an operation failed. The peer got nothing unless it says so.
package enum GATTFailure: Error, Equatable, Sendable {
    /// The peer answered with an error.
    case att(ATTErrorCode)
    /// The peer has no such characteristic.
    case unknownCharacteristic
    /// It has, and does not allow this with it.
    case notAllowed
    /// More bytes than a value may have, or, without response, than fit one packet.
    case tooLong(limit: Int)
    /// The peer gave a part of a long value back changed. It was told to forget all of it.
    case notEchoed
    /// The peer refused a long value after it had taken every part: how much of it was written is not defined (Vol 3 Part F 3.4.6.3).
    case notExecuted(ATTErrorCode)
    /// Too much waits on this link already.
    case queueFull
    /// The link ended. `sent`: the request had left, so the peer may have it.
    case linkEnded(String, sent: Bool)
}
