import CMosquitto
import Glibc
import LinuxIO

/// A retailer's client on libmosquitto that keeps a window of commands in flight and notes when each got how far.
///
/// A command's slot is free again when its `secured` comes; `accepted` is not waited for. On `unlocked` it sends the `lock` that belongs to
/// it. It subscribes to everything that is written to the retailer, as a retailer does, and holds the events' sequence against gaps.
final class LoadGenerator {
    private let mosq: OpaquePointer
    private let commandTopic: String
    /// The length of `…/to/acme/`.
    private let prefixLength: Int
    private let name: String
    var round: Round?
    private var isSubscribed = false
    private var lastSequence: Int64?
    private var lastMessageAt: UInt64 = 0
    private var nextMiscAt: UInt64 = 0
    /// Events that did not follow the one before.
    private(set) var gaps = 0
    private(set) var events = 0

    /// Connects and subscribes.
    init(port: Int, root: String, name: String) throws {
        guard mosquitto_lib_init() == 0, let mosq = mosquitto_new("load-\(name)", true, nil) else { throw Mishap("libmosquitto") }
        self.mosq = mosq
        self.name = name
        commandTopic = "\(root)/from/\(Retailer.name)/command"
        let topic = "\(root)/to/\(Retailer.name)/"
        prefixLength = topic.utf8.count
        mosquitto_user_data_set(mosq, Unmanaged.passUnretained(self).toOpaque())
        mosquitto_int_option(mosq, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5)
        mosquitto_int_option(mosq, MOSQ_OPT_TCP_NODELAY, 1)
        mosquitto_int_option(mosq, MOSQ_OPT_SEND_MAXIMUM, 65_535)
        mosquitto_threaded_set(mosq, true)
        mosquitto_subscribe_v5_callback_set(mosq) { _, context, _, _, _, _ in LoadGenerator.from(context)?.isSubscribed = true }
        mosquitto_message_v5_callback_set(mosq) { _, context, message, _ in
            if let message { LoadGenerator.from(context)?.received(message.pointee) }
        }
        guard mosquitto_connect(mosq, "127.0.0.1", Int32(port), 3600) == 0 else { throw Mishap("the broker does not answer") }
        mosquitto_subscribe_v5(mosq, nil, topic + "#", 1, Int32(MQTT_SUB_OPT_RETAIN_AS_PUBLISHED.rawValue), nil)
        try pump(seconds: 10, until: { self.isSubscribed }, stuck: { "no SUBACK" })
        try settle()
    }

    deinit { mosquitto_destroy(mosq) }

    private static func from(_ context: UnsafeMutableRawPointer?) -> LoadGenerator? {
        context.map { Unmanaged<LoadGenerator>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: - Rounds

    /// Runs one round to its last `secured`.
    func run(_ commands: SignedCommands, window: Int, number: UInt8) throws -> Round {
        round = Round(commands, number: number)
        round?.startedAt = nanoseconds()
        for _ in 0..<min(window, commands.count) { sendNext() }
        try pump(seconds: 30, until: { self.round.map { $0.done == commands.count } ?? true }, stuck: { self.story })
        round?.endedAt = nanoseconds()
        // The last lock's own `secured`, events and what is retained may still be on their way.
        try pump(seconds: 10, until: { self.round.map { $0.locksDone == commands.count } ?? true }, stuck: { self.story })
        try settle()
        guard let finished = round else { throw Mishap("no round") }
        round = nil
        return finished
    }

    /// Waits until nothing has come for a while.
    func settle() throws {
        lastMessageAt = nanoseconds()
        try pump(seconds: 60, until: { nanoseconds() - self.lastMessageAt > 150_000_000 }, stuck: { "messages without end" })
    }

    private var story: String {
        guard let round else { return "nothing happens" }
        let open = round.progress.prefix(round.sent).enumerated().filter { $0.element.securedAt == 0 }.prefix(5).map { number, progress in
            let step = progress.acceptedAt == 0 ? "sent" : progress.unlockedAt == 0 ? "accepted" : "unlocked"
            return "\(number) \(step)\(progress.lockAccepted > 0 ? ", its lock accepted" : "")"
        }
        return "\(name): \(round.done) of \(round.commands.count) secured, \(round.sent) sent; open: \(open); faults: \(round.faults)"
    }

    private func pump(seconds: Double, until holds: () -> Bool, stuck: () -> String) throws {
        var deadline = nanoseconds() + UInt64(seconds * 1e9)
        var before = -1
        while !holds() {
            var entry = pollfd(fd: mosquitto_socket(mosq), events: Int16(POLLIN), revents: 0)
            if mosquitto_want_write(mosq) { entry.events |= Int16(POLLOUT) }
            poll(&entry, 1, 20)
            if entry.revents != 0, mosquitto_loop_read(mosq, 1) != 0 { throw Mishap("\(name): the broker closed the load's connection") }
            if mosquitto_want_write(mosq) { mosquitto_loop_write(mosq, 1) }
            let now = nanoseconds()
            if now > nextMiscAt {
                mosquitto_loop_misc(mosq)
                nextMiscAt = now + 1_000_000_000
            }
            if let done = round?.done, done != before {
                before = done
                deadline = now + UInt64(seconds * 1e9)
            }
            guard now < deadline else { throw Mishap("no progress for \(Int(seconds)) s: \(stuck())") }
        }
    }

    // MARK: - Sending

    private func sendNext() {
        guard let number = round?.sent, let token = round?.commands.unlocks[safe: number] else { return }
        round?.sent = number + 1
        round?.progress[number].sentAt = nanoseconds()
        publish(token)
    }

    private func publish(_ token: [UInt8]) {
        let error = mosquitto_publish_v5(mosq, nil, commandTopic, Int32(token.count), token, 1, false, nil)
        if error != 0 { round?.fault("publish: error \(error)") }
    }

    // MARK: - Receiving

    private func received(_ message: mosquitto_message) {
        lastMessageAt = nanoseconds()
        round?.messages += 1
        round?.bytes += Int(message.payloadlen)
        guard let topic = message.topic, strlen(topic) > prefixLength else { return }
        let payload = UnsafeRawBufferPointer(start: message.payload, count: message.payload == nil ? 0 : Int(message.payloadlen))
        switch UInt8(bitPattern: topic[prefixLength]) {
        case UInt8(ascii: "r"): replied(payload, at: lastMessageAt)
        case UInt8(ascii: "e"): told(payload)
        default: break
        }
    }

    private func told(_ payload: UnsafeRawBufferPointer) {
        guard let text = payload.value(of: "\"sequence\":\""), let sequence = Int64(String(decoding: text.prefix(19), as: UTF8.self)) else {
            return
        }
        events += 1
        if let lastSequence, sequence != lastSequence + 1 { gaps += 1 }
        lastSequence = sequence
    }

    private func replied(_ payload: UnsafeRawBufferPointer, at now: UInt64) {
        guard let id = payload.value(of: "\"id\":\""), let tag = CommandTag(id),
            let status = payload.value(of: "\"status\":\"")?.prefix(3)
        else {
            round?.fault("a reply that can't be read: \(String(decoding: payload, as: UTF8.self))")
            return
        }
        let number = Int(tag.number)
        guard tag.round == round?.number, number < round?.sent ?? 0 else {
            round?.fault("a reply to a command of another round")
            return
        }
        if tag.isLock {
            lockReplied(number, status, payload)
        } else {
            unlockReplied(number, status, payload, at: now)
        }
    }

    private func unlockReplied(_ number: Int, _ status: Slice<UnsafeRawBufferPointer>, _ payload: UnsafeRawBufferPointer, at now: UInt64) {
        guard var progress = round?.progress[number] else { return }
        switch String(decoding: status, as: UTF8.self) {
        case "acc" where progress.acceptedAt == 0: progress.acceptedAt = now
        case "unl" where progress.unlockedAt == 0 && progress.acceptedAt > 0:
            progress.unlockedAt = now
            if let token = round?.commands.locks[safe: number] { publish(token) }
        case "sec" where progress.securedAt == 0 && progress.unlockedAt > 0:
            progress.securedAt = now
            round?.done += 1
            sendNext()
        default: round?.fault("unlock \(number): \(String(decoding: payload, as: UTF8.self))")
        }
        round?.progress[number] = progress
    }

    private func lockReplied(_ number: Int, _ status: Slice<UnsafeRawBufferPointer>, _ payload: UnsafeRawBufferPointer) {
        guard var progress = round?.progress[number] else { return }
        switch String(decoding: status, as: UTF8.self) {
        case "acc" where progress.lockAccepted == 0: progress.lockAccepted = 1
        case "sec" where progress.lockSecured == 0 && progress.lockAccepted == 1:
            progress.lockSecured = 1
            round?.locksDone += 1
        default: round?.fault("lock \(number): \(String(decoding: payload, as: UTF8.self))")
        }
        round?.progress[number] = progress
    }
}

extension UnsafeRawBufferPointer {
    /// What follows a member's name in JSON of a known shape.
    fileprivate func value(of member: StaticString) -> SubSequence? {
        let length = member.utf8CodeUnitCount
        guard let base = baseAddress, count >= length else { return nil }
        var start = 0
        while let found = memchr(base + start, Int32(member.utf8Start[0]), count - start) {
            let place = UnsafeRawPointer(found) - base
            guard place + length <= count else { return nil }
            if memcmp(found, member.utf8Start, length) == 0 { return self[(place + length)...] }
            start = place + 1
        }
        return nil
    }
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
