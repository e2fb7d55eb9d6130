/// What was learnt of a controller when it came up.
package struct ControllerIdentity: Equatable, Sendable {
    package var capabilities: SerialCapabilities
    package var library: LibraryVersion
    package var network: NetworkIdentity
    package var initial: InitialData
    package var width = NodeIDWidth.eight
    /// Nodes of Long Range.
    package var longRange: [NodeID] = []

    /// Whether commands go by the bridge's functions.
    package var isBridge: Bool { library.type == 7 && capabilities.functions.contains(.sendDataBridge) }
    /// Every node but itself.
    package var nodes: [NodeID] { (initial.nodes + longRange).filter { $0 != network.node } }
    /// Chips of the 700 and 800 series say "failed" where others say nothing for a busy channel, and keep their memory as files.
    package var isSeries700: Bool { (initial.chip?.type ?? 0) >= 7 }
}

/// Why a controller is not to be used now.
package enum ControllerTrouble: Equatable, Sendable {
    /// The line could not be opened, or closed; the words are the operator's.
    case lineLost(String)
    /// Nothing that was sent was taken, or an answer did not come.
    case mute
    /// Its channel was never free.
    case jammed
    /// It began anew by itself.
    case restarted(watchdog: Bool)
    /// It answered what makes no sense while it came up: no Z-Wave controller, or one we can't use.
    case unusable(String)
}
