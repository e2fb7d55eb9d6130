import CMosquitto
import Glibc

extension MosquittoHandle {
    /// The callbacks: each notes an event and returns.
    ///
    /// Each leaves `errno` 0, because `loop_read` stops early on a left-over EAGAIN.
    func setCallbacks() {
        mosquitto_connect_v5_callback_set(raw) { _, context, code, _, properties in
            let receiveMaximum = MosquittoProperties.shortNumber(MQTT_PROP_RECEIVE_MAXIMUM, in: properties)
            MosquittoHandle.note(.connected(code: code, receiveMaximum: receiveMaximum.map(Int.init)), in: context)
        }
        mosquitto_subscribe_v5_callback_set(raw) { _, context, mid, count, codes, _ in
            let granted = Array(UnsafeBufferPointer(start: codes, count: codes == nil ? 0 : Int(count)))
            MosquittoHandle.note(.subscribed(mid: mid, codes: granted), in: context)
        }
        mosquitto_publish_v5_callback_set(raw) { _, context, mid, code, _ in
            MosquittoHandle.note(.published(mid: mid, code: code), in: context)
        }
        mosquitto_message_v5_callback_set(raw) { _, context, message, properties in
            guard let message, let handle = MosquittoHandle.handle(context) else { return }
            handle.note(handle.event(for: message.pointee, properties))
            errno = 0
        }
        mosquitto_disconnect_v5_callback_set(raw) { _, context, code, _ in
            MosquittoHandle.note(.disconnected(code: code, errno: errno), in: context)
        }
        mosquitto_log_callback_set(raw) { _, context, level, text in
            if level == Int32(MOSQ_LOG_ERR), let text { MosquittoHandle.handle(context)?.note(complaint: String(cString: text)) }
        }
    }

    private static func handle(_ context: UnsafeMutableRawPointer?) -> MosquittoHandle? {
        context.map { Unmanaged<MosquittoHandle>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func note(_ event: MosquittoEvent, in context: UnsafeMutableRawPointer?) {
        handle(context)?.note(event)
        errno = 0
    }

    private func event(for message: mosquitto_message, _ properties: OpaquePointer?) -> MosquittoEvent {
        guard takesPayload(of: Int(message.payloadlen)), let topic = message.topic else { return .tooLarge }
        let payload = UnsafeRawBufferPointer(start: message.payload, count: message.payload == nil ? 0 : Int(message.payloadlen))
        let inbound = InboundMessage(
            topic: String(cString: topic), payload: Array(payload), retained: message.retain,
            correlation: MosquittoProperties.bytes(MQTT_PROP_CORRELATION_DATA, in: properties),
            responseTopic: MosquittoProperties.text(MQTT_PROP_RESPONSE_TOPIC, in: properties),
            expirySeconds: MosquittoProperties.number(MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, in: properties).map(Int.init))
        return MosquittoHandle.fits(inbound) ? .message(inbound) : .tooLarge
    }

    /// Whether a message fits one line to the core (65,536 bytes) however its text has to be escaped: the largest payload takes
    /// 43,692 characters in base64url, these at most 17,750.
    private static func fits(_ message: InboundMessage) -> Bool {
        message.topic.utf8.count <= 1_024 && (message.responseTopic?.utf8.count ?? 0) <= 1_024 && (message.correlation?.count ?? 0) <= 4_096
    }
}
