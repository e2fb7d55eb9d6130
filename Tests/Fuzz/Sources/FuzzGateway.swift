import AdapterProtocol
import GatewayCore
import LockModel
import Tokens
import WireBytes

@testable import Gateway
@testable import Journal

/// A message of the bus: flags, topic, response topic and correlation in lines of their own, and the payload.
@Sendable func fuzzArrival(_ bytes: [UInt8]) -> Bool {
    let parts = bytes.split(separator: 0x0A, maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, let bus = BusName("shop"), let flags = parts[0].first else { return false }
    let topic = String(decoding: parts[0].dropFirst(), as: UTF8.self)
    let payload = Array(parts[3])
    let message = BusMessageParams(
        n: 1, topic: topic, payload: payload, retained: flags & 1 != 0,
        correlation: flags & 2 != 0 ? String(decoding: parts[2], as: UTF8.self) : nil,
        responseTopic: flags & 4 != 0 ? String(decoding: parts[1], as: UTF8.self) : nil, expirySeconds: nil, limited: flags & 8 != 0)
    let topics = Topics(prefix: "lockbridge", gateway: "gw-aaaaaaaaaaaaaaaa")
    guard let arrival = Arrival(message, on: bus, topics: topics) else { return false }
    let principal = arrival.route.principal
    precondition(topic == "lockbridge/v1/gw-aaaaaaaaaaaaaaaa/from/\(principal)/\(arrival.kind.rawValue)", "the topic says who and what")
    precondition(arrival.digest == Digest(hashing: payload) && arrival.isRetained == message.retained)
    if let honoured = arrival.route.responseTopic {
        precondition(honoured.hasPrefix("lockbridge/v1/gw-aaaaaaaaaaaaaaaa/to/\(principal)/reply/"), "answers stay with the sender")
    }
    if case .refused = arrival.content { return false }
    return true
}

/// `lockbridge.yaml`.
@Sendable func fuzzConfiguration(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    do throws(ConfigurationMistake) {
        let configuration = try Configuration(yaml: text)
        precondition(configuration.gateway.utf8.count == 19)
        precondition(Set(configuration.buses.map(\.name)).count == configuration.buses.count)
        return true
    } catch {
        precondition(!error.message.isEmpty, "a mistake is named")
        return false
    }
}

/// A record of the journal: what was read is written again with the same meaning.
@Sendable func fuzzRecord(_ bytes: [UInt8]) -> Bool {
    guard let record = try? Record(encoded: bytes) else { return false }
    guard let written = try? record.encoded(), let again = try? Record(encoded: written) else {
        preconditionFailure("a record that was read cannot be written and read again")
    }
    precondition(again == record && (try? again.encoded()) == written)
    return true
}
