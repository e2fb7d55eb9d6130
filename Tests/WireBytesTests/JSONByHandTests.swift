import Testing

@testable import WireBytes

@Suite("JSON by hand")
struct JSONByHandTests {
    /// A value of every kind of member.
    struct Shelf: JSONWritable, JSONReadable, Equatable {
        var name: String
        var weight: UInt8?
        var isFull: Bool?
        var seal: [UInt8]
        var inner: [Shelf] = []

        init(_ name: String, weight: UInt8? = nil, isFull: Bool? = nil, seal: [UInt8] = [], inner: [Shelf] = []) {
            self.name = name
            self.weight = weight
            self.isFull = isFull
            self.seal = seal
            self.inner = inner
        }

        func write(to json: inout JSONWriter) throws(JSONEncodingError) {
            json.beginObject()
            json.member("name", name)
            try json.member("weight", weight)
            json.member("isFull", isFull)
            json.member("seal", base64URL: seal)
            if !inner.isEmpty { try json.member("inner", elements: inner) }
            json.endObject()
        }

        init(json: JSONObject) throws(JSONDecodingError) {
            name = try json.requiredText("name")
            weight = try json.optionalInteger("weight")
            isFull = try json.optionalBool("isFull")
            seal = try json.requiredBytes("seal")
            if let first: Shelf = try json.optional("first") { inner = [first] }
        }
    }

    /// Around one that is written by hand, as Codable writes and reads it.
    struct Room: Codable, Equatable {
        var shelves: [Shelf]
    }

    struct Count: JSONWritable {
        var count: Int64

        func write(to json: inout JSONWriter) throws(JSONEncodingError) {
            json.beginObject()
            try json.member("count", count)
            json.endObject()
        }
    }

    private func read<Value: Decodable>(_ text: String, as type: Value.Type = Value.self) throws -> Value {
        try StrictJSON.decode(type, from: try StrictJSON.parse(Array(text.utf8), maximumDepth: 16))
    }

    @Test("members stand in the order they were written, those without a value are left out, texts are escaped")
    func written() throws {
        let shelf = Shelf("a\"\\\u{1}\n\u{E9}", weight: 3, seal: [1, 2, 3], inner: [Shelf("b", isFull: false), Shelf("c")])
        #expect(
            String(decoding: try StrictJSON.encode(shelf), as: UTF8.self)
                == #"{"name":"a\"\\\u0001\n\#u{E9}","weight":3,"seal":"AQID","inner":[{"name":"b","isFull":false,"seal":""},{"name":"c","seal":""}]}"#
        )
    }

    @Test("inside a type that Codable writes and reads, it is the same")
    func inside() throws {
        let room = Room(shelves: [Shelf("a", weight: 1), Shelf("b")])
        let text = #"{"shelves":[{"name":"a","weight":1,"seal":""},{"name":"b","seal":""}]}"#
        #expect(String(decoding: try StrictJSON.encode(room), as: UTF8.self) == text)
        #expect(try read(text) == room)
    }

    @Test(
        "what is wrong is told with its place, by hand as inside of Codable",
        arguments: [
            ("{}", "name is missing"), (#"{"name":null}"#, "name is missing"), (#"{"name":1}"#, "name is not a string"),
            (#"{"name":"a","weight":256}"#, "weight is out of range"), (#"{"name":"a","weight":"1"}"#, "weight is not an integer"),
            (#"{"name":"a","isFull":0}"#, "isFull is not true or false"), (#"{"name":"a","seal":"A"}"#, "seal is not base64url"),
            (#"{"name":"a","seal":"","first":[]}"#, "first is not an object"),
            (#"{"name":"a","seal":"","first":{}}"#, "first.name is missing"),
            ("[]", "is not an object"), ("null", "is missing"),
        ])
    func refused(text: String, problem: String) {
        let isWhole = problem.hasPrefix("is ")
        #expect { try read(text, as: Shelf.self) } throws: { "\($0)" == (isWhole ? "the value " : "") + problem }
        #expect {
            try read(#"{"shelves":[\#(text)]}"#, as: Room.self)
        } throws: {
            "\($0)" == "shelves[0]" + (isWhole ? " " : ".") + problem
        }
    }

    @Test("an integer that not every reader carries is refused with its place, however deep")
    func tooLarge() {
        let count = Count(count: 1 << 53)
        #expect { try StrictJSON.encode(count) } throws: { "\($0)" == "count: integerOutOfRange" }
        #expect { try StrictJSON.encode(["a": [count]]) } throws: { "\($0)" == "a[0].count: integerOutOfRange" }
        var json = JSONWriter()
        #expect { try json.member("list", elements: [Count(count: 1), count]) } throws: { "\($0)" == "list[1].count: integerOutOfRange" }
        #expect { try json.member("any", encoding: ["k": 1 << 53]) } throws: { "\($0)" == "any.k: integerOutOfRange" }
        #expect { try json.member("one", count) } throws: { "\($0)" == "one.count: integerOutOfRange" }
    }

    @Test("a value that gives up writing itself leaves nothing to send")
    func givesUp() {
        struct Stubborn: Encodable {
            struct Words: Error {}
            func encode(to encoder: any Encoder) throws { throw Words() }
        }
        var json = JSONWriter()
        #expect { try json.member("s", encoding: Stubborn()) } throws: { "\($0)" == "s: notOneValue" }
    }
}
