import LockCrypto

/// What happens to the host: from the controller, from the clock, from whoever uses it.
package enum HostInput {
    /// The line to the controller is open; nothing was said on it yet.
    case transportOpened
    /// It could not be opened, or has closed. The words are for the operator.
    case transportClosed(String, couldOpen: Bool)
    /// What came on it is no HCI.
    case garbled(HCIStreamFault)
    case received(HCIPacket)
    /// The time of ``HostMachine/nextDeadline`` has come.
    case tick
    /// How hard to listen for advertisements.
    case listen(ListeningActivity)
    /// Every peer there is; replaces the last list.
    case peers([PeerRecord])
    case connect(HostRequestID, ConnectWish)
    case operate(HostRequestID, link: Int, GATTOperation)
    case pair(HostRequestID, link: Int, PairingWish)
    /// A human's answer to what was asked while pairing.
    case answered(link: Int, PairingAnswer)
    case disconnect(HostRequestID, link: Int)
    /// Ends whatever there is with a peer.
    case drop(HostRequestID, peer: BluetoothAddress)
    /// Nobody wants the answer any more; it is still given.
    case cancel(HostRequestID)
}

/// How hard to listen for advertisements.
package enum ListeningActivity: Equatable, Sendable {
    /// Not at all, unless there are peers.
    case off
    /// Passively and half of the time.
    case background
    /// All the time, asking for scan responses.
    case active
}

/// How well a link is protected.
package enum LinkSecurity: Int, Comparable, Sendable {
    case none
    case encrypted
    case authenticated

    package static func < (left: LinkSecurity, right: LinkSecurity) -> Bool { left.rawValue < right.rawValue }
}

/// A wish for a link.
package struct ConnectWish: Equatable, Sendable {
    /// The peer's identity, or the address it was heard under.
    package let peer: BluetoothAddress
    package let timeoutMilliseconds: Int64
    /// The least that will do.
    package let security: LinkSecurity

    package init(peer: BluetoothAddress, timeoutMilliseconds: Int64, security: LinkSecurity) {
        self.peer = peer
        self.timeoutMilliseconds = timeoutMilliseconds
        self.security = security
    }
}

/// What is kept of a peer from link to link: level and key belong together, so that an authenticated bond is never half replaced.
package struct PeerRecord: Sendable {
    /// The name it is known by: the address under which it was first linked.
    package let address: BluetoothAddress
    package var bond: Bond?
    package var database: GATTDatabase?

    package init(address: BluetoothAddress, bond: Bond? = nil, database: GATTDatabase? = nil) {
        self.address = address
        self.bond = bond
        self.database = database
    }

    /// Resolves the private addresses it goes by; nil where it has none.
    var identityKey: SecretBytes? { bond?.identityResolvingKey }
}
