import CMosquitto
import LinuxIO

/// Why there is no connection to the broker. Its description is the reason in `bus.disconnected`; it holds no secret.
package enum ConnectionLoss: Error, Equatable, Sendable, CustomStringConvertible {
    /// The name service does not know the host, or does not answer.
    case nameNotResolved(String)
    /// TCP did not come about: refused, no route, timed out.
    case unreachable(String)
    /// TCP, TLS, CONNECT and SUBSCRIBE together took too long.
    case timedOut
    /// A certificate was not accepted, there or here, or could not be read, or there is no common version.
    case tls(String)
    /// The password file could not be read.
    case passwordFile(String)
    /// The broker refused CONNECT with this reason code (MQTT 5, 3.2.2.2; MQTT 3.1.1, 3.2.2.3).
    case refused(code: Int32, String)
    /// The broker refused this topic filter.
    case subscriptionRefused(topic: String)
    /// The broker said goodbye with this reason code (MQTT 5, 3.14.2.1), for example 142: another took the session over.
    case ended(code: Int32, String)
    /// The broker has not answered a ping.
    case keepAlive
    /// The connection broke.
    case broken(String)
    /// The broker gave more messages at once than may wait for the core.
    case overrun

    package var description: String {
        switch self {
        case .nameNotResolved(let text): "nameNotResolved: \(text)"
        case .unreachable(let text): "unreachable: \(text)"
        case .timedOut: "timedOut"
        case .tls(let text): "tls: \(text)"
        case .passwordFile(let text): "passwordFile: \(text)"
        case .refused(let code, let text): "refused: \(code) \(text)"
        case .subscriptionRefused(let topic): "subscriptionRefused: \(topic)"
        case .ended(let code, let text): "ended: \(code) \(text)"
        case .keepAlive: "keepAlive"
        case .broken(let text): "broken: \(text)"
        case .overrun: "overrun"
        }
    }
}
