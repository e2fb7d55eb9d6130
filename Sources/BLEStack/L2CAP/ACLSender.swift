import Collections

/// Data on its way to the controller: cut into fragments, and no more of them given than it has room for (Core 5.4, Vol 4 Part E 4.1).
///
/// - Links take turns, one fragment each, and a link alone never takes the last room while others exist, so that a peer that went silent
///   does not hold up the rest until its link is given up.
/// - Room comes back by Number Of Completed Packets, and all of a link's when it ends.
/// - A link holds at most ``capacity`` fragments; beyond that nothing is taken.
package struct ACLSender<Mark: Sendable>: Sendable {
    package static var capacity: Int { 128 }
    /// So long a controller may keep everything it was given. Longer than the supervision time-out, which frees what a dead link holds.
    package static var stallMilliseconds: Int64 { 10_000 }

    private struct Fragment {
        let payload: [UInt8]
        let mark: Mark?
    }

    private struct Line {
        var waiting: Deque<Fragment> = []
        var given = 0
    }

    private let fragmentBytes: Int
    private let room: Int
    private var lines: OrderedDictionary<UInt16, Line> = [:]
    private var turn = 0
    private var given = 0
    /// When a controller that gives no room back counts as stuck.
    package private(set) var deadline: Int64?

    package init(dataPackets: Int, dataBytes: Int) {
        room = max(dataPackets, 1)
        fragmentBytes = max(dataBytes, 27)
    }

    package mutating func open(_ handle: UInt16) { lines[handle] = Line() }

    /// The link is gone, and with it what the controller held for it.
    package mutating func close(_ handle: UInt16, at now: Int64) {
        guard let line = lines.removeValue(forKey: handle) else { return }
        given -= line.given
        rearm(at: now)
    }

    /// Takes a packet.
    /// - Parameter mark: given back when its last fragment has gone to the controller.
    /// - Returns: false when too much waits already; nothing was taken.
    package mutating func append(_ packet: L2CAPPacket, to handle: UInt16, mark: Mark? = nil) -> Bool {
        let bytes = packet.bytes
        let count = (bytes.count + fragmentBytes - 1) / fragmentBytes
        guard let line = lines[handle], line.waiting.count + count <= Self.capacity else { return false }
        for place in 0..<count {
            let part = bytes[(place * fragmentBytes)..<min((place + 1) * fragmentBytes, bytes.count)]
            let payload = ACLFragment.payload(handle: handle, isContinuation: place > 0, part)
            lines[handle]?.waiting.append(Fragment(payload: payload, mark: place == count - 1 ? mark : nil))
        }
        return true
    }

    /// Whether everything a link was given has reached its peer.
    package func isClear(_ handle: UInt16) -> Bool { lines[handle].map { $0.waiting.isEmpty && $0.given == 0 } ?? true }

    /// The next fragment the controller has room for, and the mark of the packet it ends.
    package mutating func nextFragment(at now: Int64) -> (packet: HCIPacket, mark: Mark?)? {
        guard given < room, !lines.isEmpty else { return nil }
        let share = lines.count > 1 ? max(room - 1, 1) : room
        for step in 0..<lines.count {
            let index = (turn + step) % lines.count
            let (handle, line) = lines.elements[index]
            guard let fragment = line.waiting.first, line.given < share else { continue }
            lines[handle]?.waiting.removeFirst()
            lines[handle]?.given += 1
            given += 1
            turn = (index + 1) % lines.count
            if deadline == nil { rearm(at: now) }
            return (HCIPacket(.acl, fragment.payload), fragment.mark)
        }
        return nil
    }

    /// The controller has room again. More than it was given is its fault, and counts as all.
    package mutating func completed(_ count: Int, of handle: UInt16, at now: Int64) {
        guard let line = lines[handle] else { return }
        let freed = min(count, line.given)
        lines[handle]?.given -= freed
        given -= freed
        rearm(at: now)
    }

    private mutating func rearm(at now: Int64) {
        deadline = given > 0 ? now + Self.stallMilliseconds : nil
    }
}
