import AdapterProtocol
import CMosquitto
import Glibc

/// One connection of libmosquitto's, from the attempt to the end; never reused, so nothing of it survives into the next:
/// no queued publish, no limit of another broker's, no half-read packet.
///
/// Used by one thread at a time: made and connected on a thread that may block, then handed to the loop's thread for good,
/// which is why it may be `Sendable`. The callbacks only gather events; the caller takes them after each call, so none of
/// our code runs inside the library.
///
/// `threaded` mode is what keeps a PUBACK in the library until ``write()``, after the caller has dealt with the message
/// (without it the PUBACK is written before the callback). Nobody reads the library's own wake-up socket in this mode; once
/// that is full, each packet leaves EAGAIN in `errno`, which ends a `loop_read` early even when TLS holds decrypted bytes.
/// Hence ``read()`` says whether anything came, and the caller goes on until nothing does.
final class MosquittoHandle: @unchecked Sendable {
    /// Events that one call may gather; beyond, messages are dropped and ``isOverrun`` is set.
    static let maximumEvents = 1_024

    let raw: OpaquePointer
    private let payloadLimit: Int
    private var events: [MosquittoEvent] = []
    private(set) var isOverrun = false
    /// The library's first complaint, for the operator: OpenSSL's reason is only there.
    private(set) var complaint: String?

    private static let isLibraryReady = mosquitto_lib_init() == Int32(MOSQ_ERR_SUCCESS.rawValue)

    /// - Returns: nil without memory.
    init?(clientID: String, payloadLimit: Int) {
        guard MosquittoHandle.isLibraryReady, let raw = mosquitto_new(clientID, true, nil) else { return nil }
        self.raw = raw
        self.payloadLimit = payloadLimit
        mosquitto_user_data_set(raw, Unmanaged.passUnretained(self).toOpaque())
        setCallbacks()
    }

    deinit { mosquitto_destroy(raw) }

    // MARK: - Events

    /// Called by the callbacks.
    func note(_ event: MosquittoEvent) {
        if events.count >= MosquittoHandle.maximumEvents, case .message = event {
            isOverrun = true
            return
        }
        events.append(event)
    }

    func note(complaint text: String) {
        if complaint == nil { complaint = text }
    }

    func takesPayload(of bytes: Int) -> Bool { bytes <= payloadLimit }

    /// What has happened since the last call.
    func takeEvents() -> [MosquittoEvent] {
        let taken = events
        events = []
        return taken
    }

    // MARK: - The socket

    /// The socket, -1 once the library has closed it.
    var socket: Int32 { mosquitto_socket(raw) }

    /// Whether something waits to be written.
    var wantsWrite: Bool { mosquitto_want_write(raw) }

    /// Whether the other side has closed without a word. In a TLS handshake the library takes that for "try again" for ever.
    var hasEnded: Bool {
        var byte: UInt8 = 0
        return recv(socket, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) == 0
    }

    /// Reads at least one packet, if one has come.
    /// - Returns: the library's error, and whether the socket has nothing more.
    func read() -> (error: Int32, isDrained: Bool) {
        let error = mosquitto_loop_read(raw, 1)
        return (error, errno == EAGAIN)
    }

    /// Writes what waits, PUBACKs among it, as far as the socket takes it.
    ///
    /// The library writes each packet by itself; corked, the kernel sends a turn's packets together and wakes the broker once.
    func write() -> Int32 {
        let number = socket
        cork(number, 1)
        defer { cork(number, 0) }
        return mosquitto_loop_write(raw, 1)
    }

    private func cork(_ number: Int32, _ value: Int32) {
        var value = value
        // Where it cannot be corked, packets leave one by one.
        _ = setsockopt(number, Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Pings when it is time, and ends the connection when a ping was not answered. Call it about once a second.
    func keepAlive() -> Int32 { mosquitto_loop_misc(raw) }

    // MARK: - Packets

    /// Queues SUBSCRIBE; with MQTT 5 also No Local and Retain As Published (3.8.3.1).
    /// - Returns: the packet's id, nil when the library refused.
    func subscribe(to subscription: BusConfigureParams.Subscription) -> Int32? {
        var mid: Int32 = 0
        let options = Int32(MQTT_SUB_OPT_NO_LOCAL.rawValue | MQTT_SUB_OPT_RETAIN_AS_PUBLISHED.rawValue)
        let error = mosquitto_subscribe_v5(raw, &mid, subscription.topic, Int32(subscription.qos), options, nil)
        return error == 0 ? mid : nil
    }

    /// Queues PUBLISH; on MQTT 3.1.1 without the properties.
    /// - Returns: the packet's id.
    func publish(_ message: OutboundMessage, version: BusConfigureParams.MQTTVersion) throws(PublishFault) -> Int32 {
        guard MosquittoHandle.isTopic(message.topic) else { throw .invalid("topic") }
        guard (0...1).contains(message.qos) else { throw .invalid("qos") }
        var mid: Int32 = 0
        var properties = MosquittoProperties()
        if version == .v5 {
            if let type = message.contentType { try properties.add(type, as: MQTT_PROP_CONTENT_TYPE) }
            if let topic = message.responseTopic { try properties.add(topic, as: MQTT_PROP_RESPONSE_TOPIC) }
            if let data = message.correlation { try properties.add(data, as: MQTT_PROP_CORRELATION_DATA) }
            if let seconds = message.expirySeconds { try properties.add(seconds, as: MQTT_PROP_MESSAGE_EXPIRY_INTERVAL) }
        }
        let error = mosquitto_publish_v5(
            raw, &mid, message.topic, Int32(message.payload.count), message.payload, Int32(message.qos), message.retain, properties.first)
        guard error == 0 else {
            if error == Int32(MOSQ_ERR_NO_CONN.rawValue) { throw .disconnected }
            throw .invalid(MosquittoHandle.text(of: error))
        }
        return mid
    }

    /// Queues DISCONNECT. On MQTT 3.1.1 one that leaves the will is none at all: the socket just closes.
    /// - Parameter leavingWill: the broker shall publish the will (reason code 4), as if the connection had broken.
    func disconnect(leavingWill: Bool, version: BusConfigureParams.MQTTVersion) {
        if leavingWill && version == .v311 { return }
        mosquitto_disconnect_v5(raw, leavingWill ? Int32(MQTT_RC_DISCONNECT_WITH_WILL_MSG.rawValue) : 0, nil)
    }

    // MARK: - Words

    static func isTopic(_ topic: String) -> Bool {
        !topic.utf8.contains(0) && topic.utf8.count <= 65_535 && !topic.isEmpty && mosquitto_pub_topic_check(topic) == 0
    }

    static func isTopicFilter(_ filter: String) -> Bool {
        !filter.utf8.contains(0) && filter.utf8.count <= 65_535 && !filter.isEmpty && mosquitto_sub_topic_check(filter) == 0
    }

    /// The library's words for an error of its own.
    static func text(of error: Int32) -> String {
        mosquitto_strerror(error).map { String(cString: $0) } ?? "error \(error)"
    }

    /// The library's words for a reason code of MQTT 5.
    static func text(ofReason code: Int32) -> String {
        mosquitto_reason_string(code).map { String(cString: $0) } ?? ""
    }
}
