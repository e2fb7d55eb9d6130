import LockModel
import WireBytes

/// What goes between core and adapter for every command, as it stands on the line. Other methods leave it to Codable.
extension LockParams: JSONWritable, JSONReadable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("lock", lock.text)
        json.endObject()
    }

    package init(json: JSONObject) throws(JSONDecodingError) { self.init(lock: try json.requiredLock("lock")) }
}

extension LockOperateParams: JSONWritable, JSONReadable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("operation", operation.text)
        json.member("lock", lock.text)
        json.member("action", action.rawValue)
        try json.member("openSeconds", openSeconds)
        try json.member("ttlMilliseconds", ttlMilliseconds)
        json.endObject()
    }

    package init(json: JSONObject) throws(JSONDecodingError) {
        self.init(
            operation: try json.required("operation", OperationID.words, OperationID.init), lock: try json.requiredLock("lock"),
            action: try json.requiredWord("action"), openSeconds: try json.optionalInteger("openSeconds"),
            ttlMilliseconds: try json.requiredInteger("ttlMilliseconds"))
    }
}

extension OperateResult: JSONWritable, JSONReadable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("operation", operation.text)
        json.member("outcome", outcome.rawValue)
        json.member("bolt", bolt.rawValue)
        json.member("door", door.rawValue)
        json.member("reason", reason?.rawValue)
        json.endObject()
    }

    package init(json: JSONObject) throws(JSONDecodingError) {
        self.init(
            operation: try json.required("operation", OperationID.words, OperationID.init), outcome: try json.requiredWord("outcome"),
            bolt: try json.requiredWord("bolt"), door: try json.requiredWord("door"), reason: try json.optionalWord("reason"))
    }
}

extension LockReading: JSONWritable, JSONReadable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("bolt", bolt.rawValue)
        json.member("door", door.rawValue)
        try json.member("battery", battery)
        json.member("jammed", jammed)
        try json.member("autoRelock", autoRelock)
        json.member("firmware", firmware)
        json.member("observedAt", observedAt.description)
        json.member("confirmedBy", confirmedBy.rawValue)
        json.endObject()
    }

    package init(json: JSONObject) throws(JSONDecodingError) {
        self.init(
            bolt: try json.requiredWord("bolt"), door: try json.requiredWord("door"), battery: try json.required("battery"),
            jammed: try json.requiredBool("jammed"), autoRelock: try json.optional("autoRelock"),
            firmware: try json.optionalText("firmware"),
            observedAt: try json.required("observedAt", "not a time like 2026-11-22T10:15:30.250Z", Timestamp.init),
            confirmedBy: try json.requiredWord("confirmedBy"))
    }
}

extension Battery: JSONWritable, JSONReadable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        try json.member("percent", percent)
        json.member("level", level.rawValue)
        json.member("keypadLevel", keypadLevel?.rawValue)
        json.endObject()
    }

    package init(json: JSONObject) throws(JSONDecodingError) {
        self.init(
            percent: try json.optionalInteger("percent"), level: try json.requiredWord("level"),
            keypadLevel: try json.optionalWord("keypadLevel"))
    }
}

extension AutoRelock: JSONWritable, JSONReadable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("armed", armed)
        try json.member("seconds", seconds)
        json.member("waitsForDoor", waitsForDoor)
        json.endObject()
    }

    package init(json: JSONObject) throws(JSONDecodingError) {
        self.init(
            armed: try json.requiredBool("armed"), seconds: try json.requiredInteger("seconds"),
            waitsForDoor: try json.requiredBool("waitsForDoor"))
    }
}

extension JSONObject {
    fileprivate func requiredLock(_ key: String) throws(JSONDecodingError) -> LockID {
        try required(key, "not a name: a-z, 0-9 and -, 1 to 64 of them", LockID.init)
    }
}
