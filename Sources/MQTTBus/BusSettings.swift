import AdapterProtocol
import CMosquitto
import Glibc
import LinuxIO
import WireBytes

/// A `bus.configure` that makes sense: checked once, used for every connection.
package struct BusSettings: Sendable {
    /// What makes no sense; the operator has to change it.
    package struct Fault: Error, Equatable, Sendable, CustomStringConvertible {
        /// The member of `bus.configure`, for example `tls.ca`.
        package let member: String
        package let explanation: String

        package var description: String { "\(member): \(explanation)" }
    }

    package let params: BusConfigureParams
    package let address: BrokerAddress
    let willPayload: [UInt8]

    /// Checks every member, and that the files it names can be read now.
    package init(_ params: BusConfigureParams) throws(Fault) {
        self.params = params
        do throws(BrokerAddress.Fault) {
            address = try BrokerAddress(params.url)
        } catch {
            throw Fault(member: "url", explanation: "no mqtt:// or mqtts:// address (\(error))")
        }
        try Self.check(params.clientId, "clientId")
        if let username = params.username { try Self.check(username, "username") }
        guard params.passwordFile == nil || params.username != nil || params.protocol == .v5 else {
            throw Fault(member: "passwordFile", explanation: "MQTT 3.1.1 knows no password without a username")
        }
        guard (5...65_535).contains(params.keepAliveSeconds) else {
            throw Fault(member: "keepAliveSeconds", explanation: "not from 5 to 65535")
        }
        guard params.tls == nil || address.isEncrypted else { throw Fault(member: "tls", explanation: "the url is not mqtts://") }
        guard (params.tls?.certificate == nil) == (params.tls?.key == nil) else {
            throw Fault(member: "tls", explanation: "a certificate needs its key, and a key its certificate")
        }
        let files = [
            ("passwordFile", params.passwordFile), ("tls.ca", params.tls?.ca), ("tls.certificate", params.tls?.certificate),
            ("tls.key", params.tls?.key),
        ]
        for case (let member, let path?) in files {
            try Self.check(path, member)
            guard access(path, R_OK) == 0 else { throw Fault(member: member, explanation: IOFailure.text(of: errno)) }
        }
        willPayload = try Self.willPayload(params.will)
        try Self.check(params.subscriptions)
        try Self.check(params.limits)
    }

    private static func check(_ text: String, _ member: String) throws(Fault) {
        guard !text.isEmpty, text.utf8.count <= 65_535, !text.utf8.contains(0) else {
            throw Fault(member: member, explanation: "empty, too long or with a NUL in it")
        }
    }

    private static func willPayload(_ will: BusConfigureParams.Will?) throws(Fault) -> [UInt8] {
        guard let will else { return [] }
        guard MosquittoHandle.isTopic(will.topic) else { throw Fault(member: "will.topic", explanation: "no topic") }
        guard (0...1).contains(will.qos) else { throw Fault(member: "will.qos", explanation: "neither 0 nor 1") }
        do {
            return try Base64URL.decode(will.payload)
        } catch {
            throw Fault(member: "will.payload", explanation: "no base64url")
        }
    }

    private static func check(_ subscriptions: [BusConfigureParams.Subscription]) throws(Fault) {
        guard subscriptions.count <= 1_024 else { throw Fault(member: "subscriptions", explanation: "more than 1024") }
        for subscription in subscriptions {
            guard MosquittoHandle.isTopicFilter(subscription.topic), (0...1).contains(subscription.qos) else {
                throw Fault(member: "subscriptions", explanation: "no topic filter with QoS 0 or 1")
            }
        }
    }

    private static func check(_ limits: BusConfigureParams.Limits) throws(Fault) {
        let ranges = [
            ("topicRatePerSecond", limits.topicRatePerSecond, 1...10_000), ("topicBurst", limits.topicBurst, 1...100_000),
            ("inFlight", limits.inFlight, 1...1_024), ("payloadBytes", limits.payloadBytes, 1...32_768),
        ]
        for (name, value, range) in ranges where !range.contains(value) {
            throw Fault(member: "limits.\(name)", explanation: "not from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    /// The largest packet we take, told to the broker in CONNECT (MQTT 5, 3.1.2.11.4): a payload of the limit with its
    /// topic and properties.
    var maximumPacketBytes: UInt32 { UInt32(params.limits.payloadBytes + 1_024) }
}
