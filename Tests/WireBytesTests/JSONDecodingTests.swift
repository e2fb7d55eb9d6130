import Testing
import WireBytes

@Suite("Decoding Swift values")
struct JSONDecodingTests {
    struct Lock: Codable, Equatable {
        var id: String
        var bolt: Bolt
        var ttlMilliseconds: Int?
        enum Bolt: String, Codable { case locked, unlocked }
    }

    struct Message: Codable, Equatable {
        var locks: [Lock]
        var params: JSONValue
        var extra: JSONValue?
        var limits: [String: UInt8]?
    }

    private func read<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try StrictJSON.decode(type, from: StrictJSON.parse(Array(text.utf8), maximumDepth: 8))
    }

    @Test("unknown members are ignored; absent and null mean the same for an optional")
    func readsMessages() throws {
        let message = try read(
            Message.self,
            #"{"new":[{}],"params":{"z":[1,null],"a":"\u0000"},"extra":null,"locks":[{"bolt":"locked","id":"a","ttlMilliseconds":null},{"id":"b","bolt":"unlocked","ttlMilliseconds":5}],"limits":{"x":255}}"#
        )
        #expect(
            message
                == Message(
                    locks: [Lock(id: "a", bolt: .locked), Lock(id: "b", bolt: .unlocked, ttlMilliseconds: 5)],
                    params: ["z": [1, nil], "a": "\0"],
                    extra: nil,
                    limits: ["x": 255]
                )
        )
        #expect(try read(Message.self, #"{"locks":[],"params":null}"#).params == .null)
    }

    static let bad: [(String, String)] = [
        (#"[]"#, "the value is not an object"),
        (#"{"locks":[]}"#, "params is missing"),
        (#"{"params":{},"locks":null}"#, "locks is missing"),
        (#"{"params":{},"locks":{}}"#, "locks is not an array"),
        (#"{"params":{},"locks":[null]}"#, "locks[0] is missing"),
        (#"{"params":{},"locks":[{"id":"a","bolt":"locked"},{"id":7,"bolt":"locked"}]}"#, "locks[1].id is not a string"),
        (#"{"params":{},"locks":[{"bolt":"locked"}]}"#, "locks[0].id is missing"),
        (#"{"params":{},"locks":[{"id":"a","bolt":"\u001b[2Jajar"}]}"#, "locks[0].bolt is not one of the known values"),
        (#"{"params":{},"locks":[{"id":"a","bolt":"locked","ttlMilliseconds":"5"}]}"#, "locks[0].ttlMilliseconds is not an integer"),
        (#"{"params":{},"locks":[{"id":"a","bolt":"locked","ttlMilliseconds":true}]}"#, "locks[0].ttlMilliseconds is not an integer"),
        (#"{"params":{},"locks":[],"limits":{"x":256}}"#, "limits.x is out of range"),
        (#"{"params":{},"locks":[],"limits":{"x":-1}}"#, "limits.x is out of range"),
    ]

    @Test("an error names the place and never quotes the sender", arguments: bad)
    func namesThePath(text: String, description: String) {
        let error = #expect(throws: JSONDecodingError.self) { try read(Message.self, text) }
        #expect(error?.description == description)
    }

    @Test("a reason of the type's own keeps its place")
    func keepsReasons() {
        struct Refusal: Error, CustomStringConvertible { var description = "must be even" }
        struct Even: Decodable {
            init(from decoder: any Decoder) throws {
                let number = try decoder.singleValueContainer().decode(Int.self)
                guard number.isMultiple(of: 2) else { throw Refusal() }
            }
        }
        struct Odd: Decodable {
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be odd")
            }
        }
        let even = #expect(throws: JSONDecodingError.self) { try read([String: [Even]].self, #"{"n":[2,3]}"#) }
        #expect(even?.description == "n[1] must be even")
        let odd = #expect(throws: JSONDecodingError.self) { try read([String: [Odd]].self, #"{"n":[2]}"#) }
        #expect(odd?.description == "n[0] must be odd")
    }

    @Test("floating-point numbers cannot be asked for")
    func refusesFloatingPoint() {
        #expect(throws: JSONDecodingError.self) { try read([Double].self, "[1]") }
        #expect(throws: JSONDecodingError.self) { try read([String: Float].self, #"{"a":1}"#) }
    }

    @Test("containers can be read by hand, and an array that ends early says where")
    func readsByHand() throws {
        struct Pair: Decodable {
            var sum: Int
            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                var inner = try list.nestedUnkeyedContainer()
                sum = try inner.decode(Int.self) + inner.decode(Int.self)
                while !list.isAtEnd { sum += try list.decodeNil() ? 100 : list.decode(Int.self) }
            }
        }
        #expect(try read(Pair.self, "[[1,2],3,null]").sum == 106)
        let error = #expect(throws: JSONDecodingError.self) { try read([Pair].self, "[[[1]]]") }
        #expect(error?.description == "[0][0][1] is missing")
    }

    @Test("what is encoded is decoded the same")
    func roundTrips() throws {
        let message = Message(
            locks: [Lock(id: "ü\"\n", bolt: .unlocked, ttlMilliseconds: -3)],
            params: ["a": [nil, true, ["b": "😀"]]],
            extra: [:],
            limits: ["y": 0, "x": 255]
        )
        let value = try StrictJSON.parse(StrictJSON.encode(message), maximumDepth: 8)
        #expect(try StrictJSON.decode(Message.self, from: value) == message)
        #expect(try StrictJSON.decode(JSONValue.self, from: value) == value)
        #expect(try StrictJSON.decode(JSONObject.self, from: value) == value.object)
        #expect(throws: JSONDecodingError.self) { try StrictJSON.decode(JSONObject.self, from: []) }
    }
}
