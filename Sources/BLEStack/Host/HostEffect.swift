/// What the host wants done.
package enum HostEffect {
    /// A packet for the controller, in this order.
    case send(HCIPacket)
    /// Close the line to the controller, wait, open it again, and say ``HostInput/transportOpened``.
    case reopen
    /// The one answer to a request.
    case answer(HostRequestID, Result<HostAnswer, HostFailure>)
    /// Somebody advertises.
    case advertisement(HeardAdvertisement)
    case notified(link: Int, service: BluetoothUUID, characteristic: BluetoothUUID, [UInt8])
    /// A link that had been given is gone.
    case disconnected(link: Int, reason: String)
    /// A human has to say something for a pairing to go on; the answer is ``HostInput/answered(link:_:)``, of use for 30 s.
    case ask(link: Int, PairingMachine.Question)
    /// What was asked is of no use any more.
    case withdrawQuestion(link: Int)
    /// What is to be kept of a peer has changed.
    case keep(PeerRecord)
    case status(HostStatus)
    /// For the operator's log.
    case notice(String)
}

/// What a request was answered with.
package enum HostAnswer: Equatable, Sendable {
    case connected(link: Int, mtu: Int, LinkSecurity)
    case value(GATTValue)
    case paired(LinkSecurity)
    case done
}

/// Why a request failed.
package enum HostFailure: Error, Equatable, Sendable {
    /// There is no controller that works.
    case radioUnavailable
    /// Time is over: it was not there, or did not take the link.
    case notInReach(wasHeard: Bool)
    /// It is linked or being linked already, or too many wait.
    case busy
    /// Cancelled or dropped before anything was sent.
    case cancelled
    /// More security is asked for than there is a key for.
    case notPaired
    /// The peer does not have the key any more.
    case bondLost
    /// It refused the key.
    case notEncrypted(HCIStatus)
    /// The link came to nothing.
    case notEstablished(String)
    /// No such link.
    case unknownLink
    case gatt(GATTFailure)
    /// The pairing came to nothing, and with it the link, unless it had not begun.
    case pairing(SMPFailure)
}

/// An advertisement, with who it is where that is known.
package struct HeardAdvertisement: Equatable, Sendable {
    /// The identity of one of the peers, else the address as it was heard.
    package let address: BluetoothAddress
    package let isPeer: Bool
    package let isConnectable: Bool
    package let isScanResponse: Bool
    package let rssi: Int8
    package let data: [UInt8]
}

/// How the controller does.
package struct HostStatus: Equatable, Sendable {
    package enum State: Equatable, Sendable {
        case up, recovering, absent
    }

    /// See `RadioStatusParams.Cause` for what each means to an operator.
    package enum Cause: String, Sendable, CaseIterable {
        case noAdvertisements, cannotConnect, controllerStuck, hardwareError, garbled, transportClosed, cannotOpen, unsupported
    }

    package let state: State
    package let cause: Cause?
    /// For a person.
    package let detail: String?
}
