import LockModel
import WireBytes

/// What stands in the records and rows of every command, written straight into the bytes: the same bytes that Codable writes.
extension CommandReference: JSONWritable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("issuer", issuer.text)
        json.member("id", id.description)
        json.member("hash", hash.description)
        json.member("grant", grant?.description)
        json.member("delivery", delivery)
        json.endObject()
    }
}

extension ChangeActor: JSONWritable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("kind", kind.rawValue)
        json.member("ref", ref)
        json.endObject()
    }
}

extension Obligation: JSONWritable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        try json.member("operation", operation.value)
        json.member("lock", lock.text)
        json.member("action", action.rawValue)
        try json.member("command", command)
        json.member("resident", resident?.text)
        json.member("bus", bus?.text)
        try json.member("openSeconds", openSeconds)
        json.member("since", since.description)
        json.member("relockBy", relockBy.description)
        json.member("unlocked", unlocked)
        json.member("isAnswered", isAnswered)
        json.endObject()
    }
}

extension UnlockAccepted: JSONWritable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        try json.member("obligation", obligation)
        try json.member("actor", actor)
        json.endObject()
    }
}

extension LockAccepted: JSONWritable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("lock", lock.text)
        try json.member("command", command)
        try json.member("actor", actor)
        json.endObject()
    }
}

extension LockChange: JSONWritable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("event", event.rawValue)
        json.member("lock", lock.text)
        json.member("adapter", adapter.text)
        json.member("bolt", bolt.rawValue)
        json.member("door", door.rawValue)
        json.member("previous", previous.rawValue)
        json.member("source", source.rawValue)
        try json.member("actor", actor)
        json.member("confirmedBy", confirmedBy?.rawValue)
        json.member("observedAt", observedAt.description)
        try json.member("operation", operation?.value)
        try json.member("command", command)
        try json.member("ended", elements: ended)
        json.endObject()
    }
}

extension OperationNumber: JSONWritable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) { try json.integer(value) }
}

extension Reply: JSONWritable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("kind", kind.rawValue)
        json.member("id", id?.description)
        json.member("digest", digest?.description)
        json.member("status", status.rawValue)
        json.member("final", final)
        json.member("reason", reason?.rawValue)
        json.member("detail", detail)
        try json.member("retryAfterSeconds", retryAfterSeconds)
        json.member("relockBy", relockBy?.description)
        json.member("nonce", nonce)
        json.member("ready", ready)
        if let blockers { json.member("blockers", texts: blockers.map(\.rawValue)) }
        json.member("opensAt", opensAt?.description)
        json.member("at", at.description)
        json.member("timeTrust", timeTrust.rawValue)
        json.endObject()
    }
}

extension Record.Answer: JSONWritable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("principal", principal.text)
        try json.member("reply", reply)
        json.endObject()
    }
}

extension Record.Addressee: JSONWritable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("principal", principal.text)
        try json.member("sequence", sequence)
        json.endObject()
    }
}

extension GrantUses: JSONWritable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("grant", grant.description)
        try json.member("plain", plain)
        try json.member("deliveries", elements: deliveries)
        json.endObject()
    }
}

extension GrantUses.Delivery: JSONWritable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("label", label)
        try json.member("unlocks", unlocks)
        json.endObject()
    }
}
