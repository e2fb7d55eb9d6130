/// What a controller tells, as far as a central needs it (Core 5.4, Vol 4 Part E 7.7).
package enum HCIEvent: Equatable, Sendable {
    /// A command is done. Opcode 0 only gives credit.
    case commandComplete(credits: UInt8, opcode: HCIOpcode, returned: [UInt8])
    /// A command has begun, or was refused.
    case commandStatus(HCIStatus, credits: UInt8, opcode: HCIOpcode)
    case disconnectionComplete(HCIStatus, handle: UInt16, reason: HCIStatus)
    case encryptionChange(HCIStatus, handle: UInt16, isOn: Bool)
    case encryptionKeyRefresh(HCIStatus, handle: UInt16)
    case hardwareError(UInt8)
    case completedPackets([CompletedPackets])
    case connectionComplete(LEConnection)
    case advertising([AdvertisingReport])
    case connectionUpdate(HCIStatus, handle: UInt16)
    case longTermKeyRequest(handle: UInt16)
    case connectionParameterRequest(handle: UInt16, ConnectionParameters)
    /// Known or unknown, of no use to a central.
    case other(code: UInt8)

    /// Room in the controller that is free again.
    package struct CompletedPackets: Equatable, Sendable {
        package let handle: UInt16
        package let count: Int
    }

    /// A connection complete event of any of its three kinds.
    package struct LEConnection: Equatable, Sendable {
        package let status: HCIStatus
        package let handle: UInt16
        package let isCentral: Bool
        package let peer: BluetoothAddress
    }
}

/// One advertisement as the controller heard it.
package struct AdvertisingReport: Equatable, Sendable {
    package let address: BluetoothAddress
    package let isConnectable: Bool
    package let isScanResponse: Bool
    /// dBm; 127 when unknown.
    package let rssi: Int8
    package let data: [UInt8]
}
