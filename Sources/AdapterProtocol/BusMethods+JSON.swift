import WireBytes

/// The bus process's messages as they stand on the line; there are dozens to a command.
extension BusPublishParams: JSONWritable, JSONReadable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        try json.member("n", n)
        json.member("topic", topic)
        json.member("payload", base64URL: payload)
        try json.member("qos", qos)
        json.member("retain", retain)
        json.member("contentType", contentType)
        json.member("correlation", correlation)
        json.member("responseTopic", responseTopic)
        try json.member("expirySeconds", expirySeconds)
        json.endObject()
    }

    package init(json: JSONObject) throws(JSONDecodingError) {
        self.init(
            n: try json.requiredInteger("n"), topic: try json.requiredText("topic"), payload: try json.requiredBytes("payload"),
            qos: try json.requiredInteger("qos"), retain: try json.requiredBool("retain"),
            contentType: try json.optionalText("contentType"), correlation: try json.optionalText("correlation"),
            responseTopic: try json.optionalText("responseTopic"), expirySeconds: try json.optionalInteger("expirySeconds"))
    }
}

extension BusMessageParams: JSONWritable, JSONReadable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        try json.member("n", n)
        json.member("topic", topic)
        json.member("payload", base64URL: payload)
        json.member("retained", retained)
        json.member("correlation", correlation)
        json.member("responseTopic", responseTopic)
        try json.member("expirySeconds", expirySeconds)
        json.member("limited", limited)
        json.endObject()
    }

    package init(json: JSONObject) throws(JSONDecodingError) {
        self.init(
            n: try json.requiredInteger("n"), topic: try json.requiredText("topic"), payload: try json.requiredBytes("payload"),
            retained: try json.requiredBool("retained"), correlation: try json.optionalText("correlation"),
            responseTopic: try json.optionalText("responseTopic"), expirySeconds: try json.optionalInteger("expirySeconds"),
            limited: try json.optionalBool("limited"))
    }
}

extension BusPublishedParams: JSONWritable, JSONReadable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        try json.member("n", n)
        try json.member("through", through)
        json.member("ok", ok)
        json.member("reason", reason)
        json.endObject()
    }

    package init(json: JSONObject) throws(JSONDecodingError) {
        self.init(
            n: try json.requiredInteger("n"), through: try json.optionalInteger("through"), ok: try json.requiredBool("ok"),
            reason: try json.optionalText("reason"))
    }
}

extension BusAckParams: JSONWritable, JSONReadable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        try json.member("upTo", upTo)
        json.endObject()
    }

    package init(json: JSONObject) throws(JSONDecodingError) { self.init(upTo: try json.requiredInteger("upTo")) }
}
