/// What libmosquitto's callbacks have said, gathered while one of its functions ran.
enum MosquittoEvent: Equatable, Sendable {
    /// CONNACK; with MQTT 5 also how many of our publishes may be unacknowledged.
    case connected(code: Int32, receiveMaximum: Int?)
    /// SUBACK: what was granted, 128 and above refused.
    case subscribed(mid: Int32, codes: [Int32])
    /// PUBACK; or written, for QoS 0.
    case published(mid: Int32, code: Int32)
    case message(InboundMessage)
    /// A message beyond the limits.
    case tooLarge
    /// The connection is gone: a reason code of the broker's, or an error of the library's with the `errno` it left.
    case disconnected(code: Int32, errno: Int32)
}
