import Testing
import WireBytes

@Suite("Encoding Swift values")
struct JSONEncodingTests {
    private func text(_ value: some Encodable) throws -> String { String(decoding: try StrictJSON.encode(value), as: UTF8.self) }

    enum Bolt: String, Codable { case locked, unlocked }

    struct Identifier: Codable, Hashable, CodingKeyRepresentable, RawRepresentable {
        var rawValue: String
        init(rawValue: String) { self.rawValue = rawValue }
        init(from decoder: any Decoder) throws { rawValue = try decoder.singleValueContainer().decode(String.self) }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(rawValue)
        }
    }

    struct Reading: Codable, Equatable {
        var lock: String
        var bolt: Bolt
        var battery: Int?
        var tags: [String]
        var nested: [Inner]
        var params: JSONValue
        struct Inner: Codable, Equatable {
            var at: UInt32
            var isStale: Bool
        }
    }

    @Test("a type is written in the order of its members; nil members are left out")
    func writesStructs() throws {
        var reading = Reading(
            lock: "front",
            bolt: .locked,
            battery: nil,
            tags: ["a"],
            nested: [.init(at: 7, isStale: true), .init(at: 8, isStale: false)],
            params: ["z": [], "a": nil]
        )
        #expect(
            try text(reading)
                == #"{"lock":"front","bolt":"locked","tags":["a"],"nested":[{"at":7,"isStale":true},{"at":8,"isStale":false}],"params":{"z":[],"a":null}}"#
        )
        reading.battery = 80
        #expect(try text(reading).contains(#""bolt":"locked","battery":80,"tags""#))
    }

    @Test("dictionaries are written sorted by key, at every depth")
    func sortsDictionaries() throws {
        let flat = Dictionary(uniqueKeysWithValues: (0..<50).map { (String($0), $0) })
        let expected = (0..<50).map(String.init).sorted().map { "\"\($0)\":\($0)" }.joined(separator: ",")
        #expect(try text(flat) == "{\(expected)}")
        #expect(
            try text(["b": ["z": 1, "y": 2], "a": [:], "é": ["x": 3], "B": ["q\"": 4]])
                == #"{"B":{"q\"":4},"a":{},"b":{"y":2,"z":1},"é":{"x":3}}"#
        )
        #expect(try text([Identifier(rawValue: "n"): 1, Identifier(rawValue: "m"): 2]) == #"{"m":2,"n":1}"#)
    }

    @Test("scalars, optionals, arrays and empty types are written at the top too")
    func writesTopLevel() throws {
        struct Empty: Codable {}
        #expect(try text(true) == "true")
        #expect(try text("x") == #""x""#)
        #expect(try text(Bolt.unlocked) == #""unlocked""#)
        #expect(try text([1, nil, 3] as [Int?]) == "[1,null,3]")
        #expect(try text([[Int]]()) == "[]")
        #expect(try text([[1], [], [2, 3]]) == "[[1],[],[2,3]]")
        #expect(try text(Empty()) == "{}")
        #expect(try text(JSONObject([("a", 1)])) == #"{"a":1}"#)
        #expect(try text([JSONValue.null, "x"]) == #"[null,"x"]"#)
    }

    @Test("integers of every width are written; one beyond 2⁵³−1 is refused with its place")
    func writesIntegers() throws {
        struct Widths: Encodable {
            var a = Int8.min, b = Int16.min, c = Int32.min, d = Int64(-5), e = UInt8.max, f = UInt16.max, g = UInt32.max, h = UInt64(6),
                i = UInt(7)
        }
        #expect(
            try text(Widths()) == #"{"a":-128,"b":-32768,"c":-2147483648,"d":-5,"e":255,"f":65535,"g":4294967295,"h":6,"i":7}"#
        )
        let tooLarge = #expect(throws: JSONEncodingError.self) { try StrictJSON.encode(["n": [0, UInt64.max]]) }
        #expect(tooLarge?.description == "n[1]: integerOutOfRange")
    }

    @Test("a floating-point number is refused with its place")
    func refusesFloatingPoint() {
        struct Temperature: Encodable { var celsius = 1.0 }
        let nested = #expect(throws: JSONEncodingError.self) { try StrictJSON.encode(["in": [Temperature()]]) }
        #expect(nested?.description == "in[0].celsius: floatingPoint")
        #expect(throws: JSONEncodingError.self) { try StrictJSON.encode(Float(1)) }
        #expect(throws: JSONEncodingError.self) { try StrictJSON.encode([1.5]) }
    }

    private enum Key: String, CodingKey { case a, b, c }

    @Test("containers opened by hand close where they should")
    func closesNestedContainers() throws {
        struct ByHand: Encodable {
            func encode(to encoder: any Encoder) throws {
                var outer = encoder.container(keyedBy: Key.self)
                var list = outer.nestedUnkeyedContainer(forKey: .a)
                try list.encode(1)
                var inner = list.nestedContainer(keyedBy: Key.self)
                try inner.encode(2, forKey: .b)
                try list.encode(3)
                _ = outer.nestedContainer(keyedBy: Key.self, forKey: .b)
                try outer.encodeNil(forKey: .c)
            }
        }
        #expect(try text(ByHand()) == #"{"a":[1,{"b":2},3],"b":{},"c":null}"#)
    }

    @Test("two parts of a type may share one object")
    func sharesObjects() throws {
        struct Part: Encodable { var b = 2 }
        struct Whole: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Key.self)
                try container.encode([1], forKey: .a)
                try Part().encode(to: encoder)
                try container.encode(3, forKey: .c)
            }
        }
        #expect(try text([Whole(), Whole()]) == #"[{"a":[1],"b":2,"c":3},{"a":[1],"b":2,"c":3}]"#)
    }

    @Test("a type that writes nothing, twice, or out of turn is refused instead of writing broken JSON")
    func refusesMisuse() {
        struct Silent: Encodable { func encode(to encoder: any Encoder) {} }
        struct Twice: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                try container.encode(1)
                try container.encode(2)
            }
        }
        struct Mixed: Encodable {
            func encode(to encoder: any Encoder) throws {
                _ = encoder.container(keyedBy: Key.self)
                _ = encoder.unkeyedContainer()
            }
        }
        struct OutOfTurn: Encodable {
            func encode(to encoder: any Encoder) throws {
                var outer = encoder.container(keyedBy: Key.self)
                var first = outer.nestedContainer(keyedBy: Key.self, forKey: .a)
                var second = outer.nestedContainer(keyedBy: Key.self, forKey: .b)
                try second.encode(1, forKey: .a)
                try first.encode(1, forKey: .a)
            }
        }
        struct Unfinished: Encodable {
            func encode(to encoder: any Encoder) throws {
                var outer = encoder.container(keyedBy: Key.self)
                _ = outer.superEncoder(forKey: .a)
            }
        }
        #expect(throws: JSONEncodingError.self) { try StrictJSON.encode(Silent()) }
        #expect(throws: JSONEncodingError.self) { try StrictJSON.encode(["a": Silent()]) }
        #expect(throws: JSONEncodingError.self) { try StrictJSON.encode(Twice()) }
        #expect(throws: JSONEncodingError.self) { try StrictJSON.encode(Mixed()) }
        #expect(throws: JSONEncodingError.self) { try StrictJSON.encode(OutOfTurn()) }
        #expect(throws: JSONEncodingError.self) { try StrictJSON.encode(Unfinished()) }
    }
}
