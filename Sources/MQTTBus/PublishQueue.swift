/// The core's publishes of one connection: a window the library may hold unacknowledged, and those that wait for it.
///
/// The window is the smaller of 256 and what the broker allows: libmosquitto walks its list on every call. Overflow of the
/// waiting ones is ``PublishFault/queueFull``: the core keeps what was not acknowledged and sends it again.
struct PublishQueue {
    static let maximumWaiting = 8_192
    static let maximumWaitingBytes = 8 * 1_024 * 1_024

    private var window = 0
    private var unacknowledged: [Int32: Int64] = [:]
    private var waiting: [OutboundMessage] = []
    private var head = 0
    private var waitingBytes = 0

    var isEmpty: Bool { unacknowledged.isEmpty && head == waiting.count }

    /// How many the library may hold from now on.
    mutating func open(window: Int) {
        self.window = window
    }

    /// - Returns: false, and takes nothing, when too many wait.
    mutating func append(_ message: OutboundMessage) -> Bool {
        let bytes = PublishQueue.bytes(of: message)
        guard waiting.count - head < PublishQueue.maximumWaiting, waitingBytes + bytes <= PublishQueue.maximumWaitingBytes else {
            return false
        }
        waiting.append(message)
        waitingBytes += bytes
        return true
    }

    /// The next one to give to the library, while the window has room.
    mutating func next() -> OutboundMessage? {
        guard head < waiting.count, unacknowledged.count < window else { return nil }
        let message = waiting[head]
        head += 1
        waitingBytes -= PublishQueue.bytes(of: message)
        if head == waiting.count {
            waiting.removeAll(keepingCapacity: waiting.capacity <= 1_024)
            head = 0
        } else if head >= 1_024 {
            waiting.removeFirst(head)
            head = 0
        }
        return message
    }

    /// The library has it under this packet id.
    mutating func given(_ n: Int64, as mid: Int32) {
        unacknowledged[mid] = n
    }

    /// The broker has acknowledged a packet.
    /// - Returns: the core's number, nil for an id that is not ours (or acknowledged twice).
    mutating func acknowledged(_ mid: Int32) -> Int64? {
        unacknowledged.removeValue(forKey: mid)
    }

    /// Forgets everything: the connection is gone.
    /// - Returns: the numbers of all that were not acknowledged, ascending.
    mutating func removeAll() -> [Int64] {
        let numbers = unacknowledged.values + waiting[head...].map(\.n)
        self = PublishQueue()
        return numbers.sorted()
    }

    private static func bytes(of message: OutboundMessage) -> Int {
        message.topic.utf8.count + message.payload.count + (message.correlation?.count ?? 0) + 64
    }
}
