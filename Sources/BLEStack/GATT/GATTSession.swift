import Collections
import WireBytes

/// GATT with one peer over one link: agrees on the MTU, knows the database or finds it out, and carries out what is asked, in order.
///
/// - In: the start, operations, packets of the attribute channel, time, the end of the link.
/// - Out: ``Effect``.
/// - Bounds: ``capacity`` operations wait; ``ATTBearer`` has one request open, for at most 30 s; a value has at most 512 bytes.
/// - A known database is used without asking again, unless the peer has a hash of it, which is compared first; it is forgotten when the hash
///   differs, when the peer says it changed, and when it calls a handle invalid.
///
/// The property that must not break: every operation finishes exactly once, and one that never left is never said to have been sent.
package struct GATTSession: Sendable {
    package static let capacity = 64
    /// The longest value an attribute may have (Vol 3 Part F 3.2.9).
    package static let longestValue = 512
    private static let maximumDiscoveries = 4

    /// What the owner does.
    package enum Effect: Equatable, Sendable {
        /// A packet for the attribute channel. With a mark: finish that operation once the controller has it.
        case send([UInt8], mark: HostRequestID?)
        /// Operations may come now; the MTU is agreed.
        case ready(mtu: Int)
        case finished(HostRequestID, Result<GATTValue, GATTFailure>)
        case notified(service: BluetoothUUID, characteristic: BluetoothUUID, [UInt8])
        /// What is known of the peer's database from now on; nil: nothing.
        case remember(GATTDatabase?)
        /// The peer broke the rules; end the link.
        case breakOff(String)
    }

    enum Activity: Equatable, Sendable {
        case unopened
        case agreeing
        case idle
        case comparing
        case discovering
        case announcing
        case subscribing(HostRequestID)
        case reading(HostRequestID, handle: UInt16, [UInt8])
        case writing(HostRequestID)
        case preparing(LongWrite)
        case executing(HostRequestID)
        /// The parts of a long value are being forgotten, for this reason.
        case cancelling(HostRequestID, GATTFailure)
        case ended
    }

    var bearer = ATTBearer()
    var activity = Activity.unopened
    var waiting: Deque<(id: HostRequestID, operation: GATTOperation)> = []
    var discovery = GATTDiscovery()
    var database: GATTDatabase?
    /// The database comes from an earlier link, and its hash was not compared yet.
    var isUnproven: Bool
    /// It changed while it was being found out.
    var isStale = false
    var discoveries = 0
    /// Where the peer tells that it changed, also while that is found out.
    var changeHandle: UInt16?
    var effects: [Effect] = []

    /// - Parameter database: as remembered from an earlier link.
    package init(database: GATTDatabase?) {
        self.database = database
        isUnproven = database?.hash != nil
        changeHandle = database?.characteristic(GATTDatabase.serviceChanged, in: nil)?.handle
    }

    package var mtu: Int { bearer.mtu }
    /// When the open request has taken too long.
    package var deadline: Int64? { activity == .ended ? nil : bearer.deadline }

    // MARK: - Inputs

    /// The link may carry attributes now.
    package mutating func open(at now: Int64) -> [Effect] {
        guard activity == .unopened else { return [] }
        activity = .agreeing
        ask(.exchangeMTU(client: ATTBearer.clientMTU), at: now)
        return take()
    }

    /// Something is asked.
    package mutating func operate(_ id: HostRequestID, _ operation: GATTOperation, at now: Int64) -> [Effect] {
        guard activity != .ended else { return [.finished(id, .failure(.linkEnded("closed", sent: false)))] }
        guard waiting.count < Self.capacity else { return [.finished(id, .failure(.queueFull))] }
        waiting.append((id, operation))
        goOn(at: now)
        return take()
    }

    /// Nobody wants it any more.
    /// - Returns: whether it was still waiting, so that nothing was sent.
    package mutating func withdraw(_ id: HostRequestID) -> Bool {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return false }
        waiting.remove(at: index)
        return true
    }

    /// A packet of the attribute channel came.
    package mutating func receive(_ packet: [UInt8], at now: Int64) -> [Effect] {
        guard activity != .ended else { return [] }
        do throws(ATTBearer.Fault) {
            switch try bearer.receive(packet) {
            case .response(let response, to: let request): answered(response, to: request, at: now)
            case .value(let handle, let bytes): deliver(handle, bytes)
            case .indication(let handle, let bytes, let confirmation):
                effects.append(.send(confirmation, mark: nil))
                deliver(handle, bytes)
            case .reply(let reply): effects.append(.send(reply, mark: nil))
            case .ignored: break
            }
        } catch {
            switch error {
            case .mangled(let fault): breakOff("the peer's answer \(fault)")
            case .unasked: breakOff("the peer answered what nobody asked")
            }
        }
        goOn(at: now)
        return take()
    }

    /// Time has passed.
    package mutating func tick(at now: Int64) -> [Effect] {
        guard let deadline, now >= deadline, activity != .ended else { return [] }
        breakOff("the peer did not answer for 30 s")
        return take()
    }

    /// The link is gone, or is given up.
    package mutating func end(_ reason: String) -> [Effect] {
        finishAll(reason)
        return take()
    }

    // MARK: - Ends

    mutating func breakOff(_ why: String) {
        effects.append(.breakOff(why))
        finishAll(why)
    }

    private mutating func finishAll(_ reason: String) {
        switch activity {
        case .subscribing(let id), .writing(let id), .executing(let id): finish(id, .failure(.linkEnded(reason, sent: true)))
        case .reading(let id, _, _): finish(id, .failure(.linkEnded(reason, sent: false)))
        // The peer forgets what it was not told to carry out (Vol 3 Part F 3.4.6.1).
        case .preparing(let long): finish(long.id, .failure(.linkEnded(reason, sent: false)))
        case .cancelling(let id, let failure): finish(id, .failure(failure))
        case .unopened, .agreeing, .idle, .comparing, .discovering, .announcing, .ended: break
        }
        for (id, _) in waiting { finish(id, .failure(.linkEnded(reason, sent: false))) }
        waiting = []
        activity = .ended
    }

    mutating func finish(_ id: HostRequestID, _ result: Result<GATTValue, GATTFailure>) {
        effects.append(.finished(id, result))
    }

    mutating func ask(_ request: ATTRequest, at now: Int64) {
        effects.append(.send(bearer.begin(request, at: now), mark: nil))
    }

    private mutating func take() -> [Effect] {
        defer { effects = [] }
        return effects
    }

    /// Begins another discovery, unless the peer changes faster than it can be found out.
    mutating func discover(at now: Int64) {
        discoveries += 1
        guard discoveries <= Self.maximumDiscoveries else { return breakOff("the peer's database never stands still") }
        isStale = false
        discovery = GATTDiscovery()
        activity = .discovering
        ask(discovery.first, at: now)
    }
}
