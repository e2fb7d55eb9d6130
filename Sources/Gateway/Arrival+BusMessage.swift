import AdapterProtocol
import GatewayCore
import LockModel
import Tokens
import WireBytes

extension Arrival {
    /// A message as the bus process forwarded it, read as far as it can be read; `nil` for topics and levels that are none of ours, and for empty payloads.
    init?(_ message: BusMessageParams, on bus: BusName, topics: Topics) {
        guard let incoming = topics.incoming(message.topic), let kind = ReplyKind(rawValue: incoming.level) else { return nil }
        let payload = message.payload
        guard !payload.isEmpty else { return nil }
        let route = ReplyRoute(
            bus: bus, principal: incoming.principal, responseTopic: topics.honouredResponseTopic(message.responseTopic, incoming.principal),
            correlation: message.correlation.flatMap { try? Base64URL.decode($0) })
        self.init(
            route: route, kind: kind, isRetained: message.retained, digest: Digest(hashing: payload),
            content: Arrival.content(of: payload, kind: kind, isLimited: message.limited == true))
    }

    private static func content(of payload: [UInt8], kind: ReplyKind, isLimited: Bool) -> Content {
        // Replay requests are no tokens: the caller reads them itself.
        guard let topic = TokenTopic(rawValue: kind.rawValue) else {
            return .refused(.unsupported, detail: "This gateway does not take \(kind.rawValue) messages yet.", id: nil)
        }
        if isLimited {
            return .refused(.rateLimited, detail: "Too many messages came by this topic.", id: TokenParser.readableID(payload, as: topic))
        }
        do throws(TokenRefusal) {
            switch try TokenParser.parse(payload, as: topic) {
            case .command(let token): return .command(token)
            case .grant(let token): return .grant(token, text: String(decoding: payload, as: UTF8.self))
            case .revocation(let token): return .revocation(token)
            case .say(let token):
                return .refused(.unsupported, detail: "This gateway does not take say messages yet.", id: token.envelope.id)
            case .trust(let token): return .trust(token)
            }
        } catch {
            return .refused(error.reason, detail: error.detail, id: error.id)
        }
    }
}
