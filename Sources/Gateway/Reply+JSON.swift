import LockModel
import WireBytes

/// A reply as the bus contract writes it: the reply's members, and those that follow from its reason. The same reply gives the same bytes.
struct ReplyDocument: Encodable {
    private enum Key: String, CodingKey {
        case kind, id, digest, status, final, reason, `class`, retry, retryAfterSeconds, relockBy, nonce, ready, blockers, opensAt, at,
            timeTrust
        case detail, help
    }

    let reply: Reply

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(reply.kind, forKey: .kind)
        try object.encodeIfPresent(reply.id, forKey: .id)
        try object.encodeIfPresent(reply.digest, forKey: .digest)
        try object.encode(reply.status, forKey: .status)
        try object.encode(reply.final, forKey: .final)
        if let reason = reply.reason {
            try object.encode(reason, forKey: .reason)
            try object.encode(reason.row.class, forKey: .class)
            try object.encode(reason.row.retry, forKey: .retry)
        }
        try object.encodeIfPresent(reply.retryAfterSeconds, forKey: .retryAfterSeconds)
        try object.encodeIfPresent(reply.relockBy, forKey: .relockBy)
        try object.encodeIfPresent(reply.nonce, forKey: .nonce)
        try object.encodeIfPresent(reply.ready, forKey: .ready)
        try object.encodeIfPresent(reply.blockers, forKey: .blockers)
        try object.encodeIfPresent(reply.opensAt, forKey: .opensAt)
        try object.encode(reply.at, forKey: .at)
        try object.encode(reply.timeTrust, forKey: .timeTrust)
        if let reason = reply.reason {
            try object.encode(reply.detail ?? reason.row.help, forKey: .detail)
            try object.encode(reason.row.help, forKey: .help)
        }
    }

    func bytes() throws -> [UInt8] { try StrictJSON.encode(self) }
}
