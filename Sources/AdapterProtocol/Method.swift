/// Every method of the protocol that exists so far: the one table of names, directions, kinds and phases (`adapters.md`).
///
/// The core, the adapters, the bus process and the conformance kit all read it, so that no side knows a method the other does not.
package enum Method: String, Sendable, CaseIterable {
    case initialize
    case health
    case shutdown
    case cancel = "$/cancel"
    case log
    case progress

    case lockAdd = "lock.add"
    case lockRemove = "lock.remove"
    case lockOperate = "lock.operate"
    case lockRead = "lock.read"
    case lockConfigure = "lock.configure"
    case lockDrop = "lock.drop"
    case lockObserved = "lock.observed"
    case statePut = "state.put"
    case blobPut = "blob.put"
    case blobGet = "blob.get"

    case codeSet = "code.set"
    case codeClear = "code.clear"
    case codeList = "code.list"

    case pairStart = "pair.start"
    case pairChoose = "pair.choose"
    case pairCancel = "pair.cancel"
    case pairFound = "pair.found"
    case pairProgress = "pair.progress"
    case prompt
    case unpair
    case identify

    case radioFilter = "radio.filter"
    case radioConnect = "radio.connect"
    case radioPair = "radio.pair"
    case radioDiscover = "radio.discover"
    case radioMTU = "radio.mtu"
    case radioSubscribe = "radio.subscribe"
    case radioRead = "radio.read"
    case radioWrite = "radio.write"
    case radioDisconnect = "radio.disconnect"
    case radioAdvertisement = "radio.advertisement"
    case radioNotified = "radio.notified"
    case radioDisconnected = "radio.disconnected"
    case radioPeers = "radio.peers"
    case radioDrop = "radio.drop"
    case radioPeerState = "radio.peerState"
    case radioStatus = "radio.status"

    case busConfigure = "bus.configure"
    case busPublish = "bus.publish"
    case busAck = "bus.ack"
    case busMessage = "bus.message"
    case busConnected = "bus.connected"
    case busDisconnected = "bus.disconnected"
    case busPublished = "bus.published"

    /// Who may send it.
    package enum Direction: Sendable {
        case toChild, toCore, both

        /// Whether a message that travels towards `other` may carry the method.
        package func allows(_ other: Direction) -> Bool { self == .both || self == other }
    }

    /// Whether it is answered.
    package enum Kind: Sendable {
        case request, notification
    }

    /// The method's row of the table.
    package var row: (direction: Direction, kind: Kind) {
        switch self {
        case .initialize, .health, .shutdown: (.toChild, .request)
        case .lockAdd, .lockRemove, .lockOperate, .lockRead, .lockConfigure, .lockDrop: (.toChild, .request)
        case .codeSet, .codeClear, .codeList: (.toChild, .request)
        case .pairStart, .pairChoose, .pairCancel, .unpair, .identify: (.toChild, .request)
        case .busConfigure: (.toChild, .request)
        case .busPublish, .busAck: (.toChild, .notification)
        case .cancel: (.both, .notification)
        case .statePut, .blobPut, .blobGet, .prompt: (.toCore, .request)
        case .radioFilter, .radioConnect, .radioPair, .radioDiscover, .radioMTU: (.both, .request)
        case .radioSubscribe, .radioRead, .radioWrite, .radioDisconnect: (.both, .request)
        case .radioAdvertisement, .radioNotified, .radioDisconnected: (.both, .notification)
        case .radioPeers, .radioDrop: (.toChild, .request)
        case .radioPeerState, .radioStatus: (.toCore, .notification)
        case .log, .progress, .lockObserved, .pairFound, .pairProgress: (.toCore, .notification)
        case .busMessage, .busConnected, .busDisconnected, .busPublished: (.toCore, .notification)
        }
    }

    /// Whether the method may be sent in a phase of the child's life (`adapters-reference`, Life of a process).
    ///
    /// In `greeting` only `initialize`; in `draining` no new requests except `state.put` and `blob.put`, while notifications may still come and an
    /// open request may still be cancelled.
    package func isAllowed(in phase: Phase) -> Bool {
        switch phase {
        case .greeting: self == .initialize
        case .ready: self != .initialize
        case .draining: row.kind == .notification || self == .statePut || self == .blobPut
        }
    }
}

/// Where a child stands in its life. It only ever goes forward.
package enum Phase: Sendable, Comparable {
    /// `initialize` was not answered yet; the child says nothing.
    case greeting
    /// Everything but `initialize` may be said.
    case ready
    /// `shutdown` was asked; open requests are finished or failed, and its answer is the last line.
    case draining
}

/// A request with the types it carries: the typed half of the table.
///
/// Written at the call as `.lockRead`, so that a method can only be sent with its own parameters and read with its own result.
package struct RequestMethod<Params: Codable & Sendable, Result: Codable & Sendable>: Sendable {
    /// Its row.
    package let method: Method

    init(_ method: Method) { self.method = method }
}

/// A notification with the type it carries.
package struct NotificationMethod<Params: Codable & Sendable>: Sendable {
    /// Its row.
    package let method: Method

    init(_ method: Method) { self.method = method }
}

/// `{}`: nothing to say.
package struct Nothing: Sendable, Codable, Equatable {
    package init() {}
}
