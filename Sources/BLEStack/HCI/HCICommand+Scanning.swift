import WireBytes

/// The two families of commands that reach the air. A controller takes one of them until its reset: `legacy`, or `extended` (Core 5.4, Vol 4
/// Part E 3.1.1).
package enum AirCommands: Sendable, Equatable {
    case legacy
    case extended

    /// 60 ms of which half is listened: background; all of it: active.
    private static let interval: UInt16 = 96
    private static let partialWindow: UInt16 = 48

    func setScanParameters(isActive: Bool) -> HCICommand {
        let window = isActive ? Self.interval : Self.partialWindow
        var parameters: [UInt8] = []
        switch self {
        case .legacy:
            parameters.append(isActive ? 1 : 0)
            parameters.append(littleEndian: Self.interval)
            parameters.append(littleEndian: window)
            parameters += [Self.ownRandomAddress, Self.anyone]
            return HCICommand(.leSetScanParameters, parameters)
        case .extended:
            parameters += [Self.ownRandomAddress, Self.anyone, Self.phy1M, isActive ? 1 : 0]
            parameters.append(littleEndian: Self.interval)
            parameters.append(littleEndian: window)
            return HCICommand(.leSetExtendedScanParameters, parameters)
        }
    }

    /// Duplicates are wanted: a lock tells news by changing what it advertises.
    func setScanEnable(_ isOn: Bool) -> HCICommand {
        switch self {
        case .legacy: HCICommand(.leSetScanEnable, [isOn ? 1 : 0, 0])
        case .extended: HCICommand(.leSetExtendedScanEnable, [isOn ? 1 : 0, 0, 0, 0, 0, 0])
        }
    }

    func createConnection(to peer: BluetoothAddress, _ wish: ConnectionParameters) -> HCICommand {
        var parameters: [UInt8] = []
        switch self {
        case .legacy:
            parameters.append(littleEndian: Self.interval)
            parameters.append(littleEndian: Self.interval)
            parameters += [0, peer.kind.rawValue] + peer.wireBytes + [Self.ownRandomAddress] + wish.wireBytes + [0, 0, 0, 0]
            return HCICommand(.leCreateConnection, parameters)
        case .extended:
            parameters += [0, Self.ownRandomAddress, peer.kind.rawValue] + peer.wireBytes + [Self.phy1M]
            parameters.append(littleEndian: Self.interval)
            parameters.append(littleEndian: Self.interval)
            parameters += wish.wireBytes + [0, 0, 0, 0]
            return HCICommand(.leExtendedCreateConnection, parameters)
        }
    }

    var createConnectionOpcode: HCIOpcode { self == .legacy ? .leCreateConnection : .leExtendedCreateConnection }

    private static let ownRandomAddress: UInt8 = 1
    private static let anyone: UInt8 = 0
    private static let phy1M: UInt8 = 1
}
