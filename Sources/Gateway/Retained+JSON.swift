import AdapterProtocol
import GatewayCore
import LockModel
import WireBytes

/// What is retained on a bus and changes with every command, written straight into the bytes: the same bytes that Codable writes.
extension LockSnapshot: JSONWritable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("bolt", bolt.rawValue)
        json.member("door", door.rawValue)
        try json.member("battery", battery)
        json.member("confirmedBy", confirmedBy?.rawValue)
        json.member("observedAt", observedAt?.description)
        json.member("online", online)
        json.member("relockAssurance", relockAssurance?.rawValue)
        try json.member("capabilities", capabilities)
        try json.member("operationSeconds", operationSeconds)
        json.member("sequence", sequence)
        json.endObject()
    }
}

extension Notice.Owed: JSONWritable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("relockBy", relockBy.description)
        json.member("since", since.description)
        json.endObject()
    }
}
