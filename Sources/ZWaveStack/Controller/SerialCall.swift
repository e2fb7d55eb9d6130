/// One use of a function of the controller's: what is sent, and what has to come back.
package struct SerialCall: Equatable, Sendable {
    /// What is sent first when several wait. Within a lane the older goes first.
    package enum Lane: Int, CaseIterable, Sendable {
        /// A relock, and what it needs.
        case safety
        case ordinary
        /// Interviews, routes, backups: gives way to everything.
        case background
    }

    /// What the answering frame means, which comes at once.
    package enum Response: Equatable, Sendable {
        case none
        case value
        /// Its first byte says whether the controller will do it; anything but `yes` (or 0, where `zeroIsYes`) is a refusal.
        case acceptance(zeroIsYes: Bool)
    }

    /// What comes later, with the number given to it.
    package enum Callback: Equatable, Sendable {
        case none
        case once(withinMilliseconds: Int64)
        /// Several; the last has one of these as its second byte.
        case until(Set<UInt8>, withinMilliseconds: Int64)
    }

    package let function: SerialFunction
    /// What stands before the callback's number, and after it.
    package let head: [UInt8]
    package let tail: [UInt8]
    package let response: Response
    package let callback: Callback
    package let lane: Lane

    package init(
        _ function: SerialFunction, _ head: [UInt8] = [], tail: [UInt8] = [], response: Response = .value, callback: Callback = .none,
        lane: Lane = .ordinary
    ) {
        self.function = function
        self.head = head
        self.tail = tail
        self.response = response
        self.callback = callback
        self.lane = lane
    }

    /// Whether it takes the transmitter, of which there is one.
    package var transmits: Bool { function == .sendData || function == .sendDataBridge }

    func frame(callback number: UInt8) -> SerialFrame {
        SerialFrame(.request, function, callback == .none ? head + tail : head + [number] + tail)
    }
}

/// What came back.
package struct SerialReply: Equatable, Sendable {
    /// The response's payload, where there was to be one.
    package var response: [UInt8]
    /// The last callback's, its number among it.
    package var callback: [UInt8]
}

/// Why a call came to nothing. Unless the case says otherwise it is not known whether the controller did it.
package enum SerialCallFailure: Error, Equatable, Sendable {
    /// The controller is not up; nothing was sent.
    case notUp
    /// Too many wait in its lane; nothing was sent.
    case busy
    /// The controller said no, with these bytes; nothing was done.
    case refused([UInt8])
    /// The controller does not have this function; nothing was sent.
    case unsupported
    case noResponse
    case noCallback
    /// Given up for something that must not wait.
    case displaced
    /// The controller began anew meanwhile.
    case restarted
    /// The line to it closed, or carries nothing.
    case lineLost
}

extension SerialCall {
    /// After so long without a callback a transmission is called off, and after so long given up.
    static let abortMilliseconds: Int64 = 20_000
    static let transmitMilliseconds: Int64 = 30_000

    /// Sends a command to a node.
    package static func send(
        _ command: [UInt8], to node: NodeID, from own: NodeID, _ options: TransmitOptions, asBridge: Bool, width: NodeIDWidth, lane: Lane
    ) -> SerialCall {
        let addressed = asBridge ? width.bytes(own) + width.bytes(node) : width.bytes(node)
        // A bridge's request carries a route, which is left to the controller.
        let route: [UInt8] = asBridge ? [0, 0, 0, 0] : []
        return SerialCall(
            asBridge ? .sendDataBridge : .sendData, addressed + [UInt8(min(command.count, 255))] + command + [options.rawValue] + route,
            response: .acceptance(zeroIsYes: false), callback: .once(withinMilliseconds: transmitMilliseconds), lane: lane)
    }

    /// Lets nodes in, or stops; what happens is told as ``InclusionReport``.
    package static func addNode(_ mode: InclusionMode, callback number: UInt8, key: [UInt8] = []) -> SerialCall {
        SerialCall(.addNode, [mode.rawValue, number] + key, response: .none)
    }

    /// Lets nodes out, or stops.
    package static func removeNode(_ mode: InclusionMode, callback number: UInt8) -> SerialCall {
        SerialCall(.removeNode, [mode.rawValue, number], response: .none)
    }

    package static func protocolInfo(_ node: NodeID, _ width: NodeIDWidth) -> SerialCall {
        SerialCall(.getNodeProtocolInfo, width.bytes(node), lane: .background)
    }

    /// Asks a node for its command classes, told as ``ApplicationUpdate``.
    package static func requestInformation(_ node: NodeID, _ width: NodeIDWidth) -> SerialCall {
        SerialCall(.requestNodeInformation, width.bytes(node), response: .acceptance(zeroIsYes: false), lane: .background)
    }

    /// Whether the controller could not reach the node of late.
    package static func isFailed(_ node: NodeID, _ width: NodeIDWidth) -> SerialCall { SerialCall(.isFailedNode, width.bytes(node)) }

    /// Takes a node that does not answer out of the network; the callback's second byte is a ``FailedNodeRemoval``.
    package static func removeFailed(_ node: NodeID, _ width: NodeIDWidth) -> SerialCall {
        SerialCall(
            .removeFailedNode, width.bytes(node), response: .acceptance(zeroIsYes: true), callback: .once(withinMilliseconds: 30_000))
    }

    /// Has a node look for its neighbours; 0x22 at the end is done, 0x23 failed.
    package static func updateNeighbors(_ node: NodeID, _ width: NodeIDWidth) -> SerialCall {
        SerialCall(
            .requestNodeNeighborUpdate, width.bytes(node), response: .none, callback: .until([0x22, 0x23], withinMilliseconds: 120_000),
            lane: .background)
    }
}
