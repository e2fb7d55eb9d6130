/// A message as the broker brought it.
package struct InboundMessage: Equatable, Sendable {
    package var topic: String
    package var payload: [UInt8]
    /// The retain flag: from the broker's store, or (MQTT 5 with retain-as-published) published so just now.
    package var retained: Bool
    package var correlation: [UInt8]?
    package var responseTopic: String?
    package var expirySeconds: Int?
    /// Beyond its principal's rate: not for acting on, but for the refusal.
    package var limited: Bool

    package init(
        topic: String, payload: [UInt8], retained: Bool, correlation: [UInt8]? = nil, responseTopic: String? = nil,
        expirySeconds: Int? = nil, limited: Bool = false
    ) {
        self.topic = topic
        self.payload = payload
        self.retained = retained
        self.correlation = correlation
        self.responseTopic = responseTopic
        self.expirySeconds = expirySeconds
        self.limited = limited
    }
}

/// A message to be published; `n` is the core's number for it.
package struct OutboundMessage: Equatable, Sendable {
    package var n: Int64
    package var topic: String
    package var payload: [UInt8]
    package var qos: Int
    package var retain: Bool
    package var contentType: String?
    package var correlation: [UInt8]?
    package var responseTopic: String?
    package var expirySeconds: UInt32?

    package init(
        n: Int64, topic: String, payload: [UInt8], qos: Int = 1, retain: Bool = false, contentType: String? = nil,
        correlation: [UInt8]? = nil, responseTopic: String? = nil, expirySeconds: UInt32? = nil
    ) {
        self.n = n
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.contentType = contentType
        self.correlation = correlation
        self.responseTopic = responseTopic
        self.expirySeconds = expirySeconds
    }
}

/// Why a publish came to nothing, as said in `bus.published`.
package enum PublishFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is no connection, or it ended before the broker acknowledged: the broker may or may not have it.
    case disconnected
    /// More publishes wait than may (``PublishQueue``).
    case queueFull
    /// Not a topic, a QoS other than 0 and 1, or a property that MQTT does not allow.
    case invalid(String)
    /// The broker took it and refused it with this reason code (MQTT 5, 3.4.2.1), for example 135, not authorised.
    case refused(code: Int32, String)

    package var description: String {
        switch self {
        case .disconnected: "disconnected"
        case .queueFull: "queueFull"
        case .invalid(let text): "invalid: \(text)"
        case .refused(let code, let text): "refused: \(code) \(text)"
        }
    }
}
