import CMosquitto
import Glibc

/// A list of MQTT 5 properties for one packet, freed with it: none of the library's functions that we give it to keeps it.
struct MosquittoProperties: ~Copyable {
    private(set) var first: OpaquePointer?

    deinit {
        var list = first
        mosquitto_property_free_all(&list)
    }

    mutating func add(_ text: String, as property: mqtt5_property) throws(PublishFault) {
        guard !text.utf8.contains(0), text.utf8.count <= 65_535,
            mosquitto_property_add_string(&first, Int32(property.rawValue), text) == 0
        else { throw .invalid("property \(property.rawValue)") }
    }

    mutating func add(_ bytes: [UInt8], as property: mqtt5_property) throws(PublishFault) {
        guard let count = UInt16(exactly: bytes.count),
            mosquitto_property_add_binary(&first, Int32(property.rawValue), bytes, count) == 0
        else { throw .invalid("property \(property.rawValue)") }
    }

    mutating func add(_ number: UInt32, as property: mqtt5_property) throws(PublishFault) {
        guard mosquitto_property_add_int32(&first, Int32(property.rawValue), number) == 0 else {
            throw .invalid("property \(property.rawValue)")
        }
    }

    // MARK: - Reading what came

    static func text(_ property: mqtt5_property, in list: OpaquePointer?) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard mosquitto_property_read_string(list, Int32(property.rawValue), &value, false) != nil, let value else { return nil }
        defer { free(value) }
        return String(cString: value)
    }

    static func bytes(_ property: mqtt5_property, in list: OpaquePointer?) -> [UInt8]? {
        var value: UnsafeMutableRawPointer?
        var count: UInt16 = 0
        guard mosquitto_property_read_binary(list, Int32(property.rawValue), &value, &count, false) != nil else { return nil }
        defer { free(value) }
        return Array(UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : Int(count)))
    }

    static func number(_ property: mqtt5_property, in list: OpaquePointer?) -> UInt32? {
        var value: UInt32 = 0
        return mosquitto_property_read_int32(list, Int32(property.rawValue), &value, false) != nil ? value : nil
    }

    static func shortNumber(_ property: mqtt5_property, in list: OpaquePointer?) -> UInt16? {
        var value: UInt16 = 0
        return mosquitto_property_read_int16(list, Int32(property.rawValue), &value, false) != nil ? value : nil
    }
}
