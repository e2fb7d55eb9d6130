import LockModel
import WireBytes

/// A reply as the bus contract writes it: the reply's members, and those that follow from its reason. The same reply gives the same bytes.
struct ReplyDocument: JSONWritable {
    let reply: Reply

    func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("kind", reply.kind.rawValue)
        json.member("id", reply.id?.description)
        json.member("digest", reply.digest?.description)
        json.member("status", reply.status.rawValue)
        json.member("final", reply.final)
        if let reason = reply.reason {
            json.member("reason", reason.rawValue)
            json.member("class", reason.row.class.rawValue)
            json.member("retry", reason.row.retry.rawValue)
        }
        try json.member("retryAfterSeconds", reply.retryAfterSeconds)
        json.member("relockBy", reply.relockBy?.description)
        json.member("nonce", reply.nonce)
        json.member("ready", reply.ready)
        if let blockers = reply.blockers { json.member("blockers", texts: blockers.map(\.rawValue)) }
        json.member("opensAt", reply.opensAt?.description)
        json.member("at", reply.at.description)
        json.member("timeTrust", reply.timeTrust.rawValue)
        if let reason = reply.reason {
            json.member("detail", reply.detail ?? reason.row.help)
            json.member("help", reason.row.help)
        }
        json.endObject()
    }

    func bytes() throws -> [UInt8] { try StrictJSON.encode(self) }
}
