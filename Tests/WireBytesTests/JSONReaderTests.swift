import Testing
import WireBytes

@Suite("Reading strict JSON")
struct JSONReaderTests {
    static let good: [(String, JSONValue)] = [
        ("null", nil), ("true", true), (" \t\r\n false \n", false), ("0", 0), ("-1", -1), ("10", 10),
        ("9007199254740991", 9_007_199_254_740_991), ("-9007199254740991", -9_007_199_254_740_991),
        (#""""#, ""), (#""a\"\\\/\b\f\n\r\tz""#, "a\"\\/\u{8}\u{c}\n\r\tz"), (#""\u0041\u00e9\u20AC""#, "A\u{e9}\u{20ac}"),
        (#""\ud83d\uDE00""#, "😀"), (#""\u0000""#, "\0"), ("\"grüße 🔑\"", "grüße 🔑"), ("\"\u{7f}\"", "\u{7f}"),
        ("[]", []), ("[ ]", []), ("[1,[2,[]],{}]", [1, [2, []], [:]]), ("{}", [:]), ("{ }", [:]),
        (#"{"b":1,"a":{"c":[true,null]}}"#, ["b": 1, "a": ["c": [true, nil]]]), (#"{"":""}"#, ["": ""]),
        (#"{"K":1,"\#u{212A}":2}"#, ["K": 1, "\u{212A}": 2]),
    ]

    @Test("valid JSON is read as what it says", arguments: good)
    func readsGood(text: String, value: JSONValue) throws {
        #expect(try StrictJSON.parse(Array(text.utf8), maximumDepth: 4) == value)
    }

    static let bad: [(String, JSONError.Kind, Int)] = [
        ("", .unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("tru", .unexpectedEnd, 3), ("trve", .unexpectedByte, 2),
        ("True", .unexpectedByte, 0), ("nul ", .unexpectedByte, 3), ("NaN", .unexpectedByte, 0), ("'a'", .unexpectedByte, 0),
        ("\u{feff}1", .unexpectedByte, 0), ("/**/1", .unexpectedByte, 0),
        ("1 1", .trailingBytes, 2), ("{}{}", .trailingBytes, 2), ("true,", .trailingBytes, 4), ("1x", .trailingBytes, 1),
        ("1\0", .trailingBytes, 1),
        ("+1", .notAnInteger, 0), ("01", .notAnInteger, 0), ("-01", .notAnInteger, 0), ("00", .notAnInteger, 0), ("-0", .notAnInteger, 0),
        ("1.0", .notAnInteger, 0), ("1.", .notAnInteger, 0), ("1e3", .notAnInteger, 0), ("1E3", .notAnInteger, 0),
        ("0e0", .notAnInteger, 0),
        ("[1.5]", .notAnInteger, 1), (".5", .unexpectedByte, 0), ("-", .unexpectedEnd, 1), ("-a", .unexpectedByte, 1),
        ("9007199254740992", .integerOutOfRange, 0), ("-9007199254740992", .integerOutOfRange, 0),
        ("[9223372036854775808]", .integerOutOfRange, 1), ("99999999999999999999999999999999999999", .integerOutOfRange, 0),
        ("\"", .unexpectedEnd, 1), ("\"a", .unexpectedEnd, 2), (#""\"#, .unexpectedEnd, 2), ("\"a\nb\"", .controlCharacter, 2),
        ("\"\u{1f}\"", .controlCharacter, 1), ("\"\0\"", .controlCharacter, 1),
        (#""\x""#, .invalidEscape, 1), (#""\'""#, .invalidEscape, 1), (#""\u12""#, .invalidEscape, 1), (#""\u12G4""#, .invalidEscape, 1),
        (#""\U0041""#, .invalidEscape, 1), ("\"\\\n\"", .invalidEscape, 1), ("\"\\é\"", .invalidEscape, 1),
        (#""ab\u+123""#, .invalidEscape, 3),
        (#""\ud800""#, .loneSurrogate, 1), (#""\udc00""#, .loneSurrogate, 1), (#""\ud800x""#, .loneSurrogate, 1),
        (#""\ud800\n""#, .loneSurrogate, 1), (#""\ud800\u0041""#, .loneSurrogate, 1), (#""\udc00\ud800""#, .loneSurrogate, 1),
        (#""\ud800\ud800""#, .loneSurrogate, 1), (#""\ud800\u12""#, .invalidEscape, 7),
        ("[", .unexpectedEnd, 1), ("[1", .unexpectedEnd, 2), ("[1,", .unexpectedEnd, 3), ("[1,]", .unexpectedByte, 3),
        ("[,1]", .unexpectedByte, 1),
        ("[1 2]", .unexpectedByte, 3), ("[1}", .unexpectedByte, 2), ("]", .unexpectedByte, 0),
        ("{", .unexpectedEnd, 1), (#"{"a"}"#, .unexpectedByte, 4), (#"{"a":}"#, .unexpectedByte, 5), (#"{"a":1,}"#, .unexpectedByte, 7),
        (#"{a:1}"#, .unexpectedByte, 1), (#"{1:1}"#, .unexpectedByte, 1), (#"{"a" 1}"#, .unexpectedByte, 5),
        (#"{"a":1]"#, .unexpectedByte, 6),
        (#"{"a":1,"a":1}"#, .duplicateMember, 7), (#"{"a":1,"\u0061":2}"#, .duplicateMember, 7),
        (#"{"b":{"a":1,"b":2,"a":3}}"#, .duplicateMember, 18),
        (#"{"/":1,"\/":2}"#, .duplicateMember, 7),
        ("[[[[[]]]]]", .tooDeep, 4), (#"{"a":[{"b":[{}]}]}"#, .tooDeep, 12),
    ]

    @Test("what JSON readers disagree about is refused, with the rule and the byte", arguments: bad)
    func refusesBad(text: String, kind: JSONError.Kind, offset: Int) {
        #expect(throws: JSONError(kind: kind, offset: offset)) { try StrictJSON.parse(Array(text.utf8), maximumDepth: 4) }
    }

    static let notUTF8: [([UInt8], Int)] = [
        ([0x80], 1), ([0xC0, 0x80], 1), ([0x61, 0xC3], 2), ([0xE2, 0x82], 1), ([0xED, 0xA0, 0x80], 1), ([0xF5, 0x80, 0x80, 0x80], 1),
        ([0x5C, 0x6E, 0xFF], 3), ([0xF4, 0x90, 0x80, 0x80], 1),
    ]

    @Test("bytes that are not UTF-8 are refused where they stand", arguments: notUTF8)
    func refusesInvalidUTF8(content: [UInt8], offset: Int) {
        #expect(throws: JSONError(kind: .invalidUTF8, offset: offset)) { try StrictJSON.parse([0x22] + content + [0x22], maximumDepth: 1) }
    }

    static let documents: [String] = [
        #"{"jsonrpc":"2.0","id":7,"method":"lock.operate","params":{"lock":"front","action":"unlock","ttlMilliseconds":8000}}"#,
        #"[{"a":"\ud83d\ude00\n","é":[-12,true,false,null]},"grüße",[[]],{}]"#,
        #"{ "blank" : [ 1 , 2 ] }"#,
    ]

    @Test("a document cut short anywhere is refused", arguments: documents)
    func refusesTruncation(document: String) throws {
        let bytes = Array(document.utf8)
        _ = try StrictJSON.parse(bytes, maximumDepth: 8)
        for length in bytes.indices {
            #expect(throws: JSONError.self, "cut to \(length) bytes") { try StrictJSON.parse(Array(bytes[..<length]), maximumDepth: 8) }
        }
    }

    @Test("any one changed byte is read or refused, and what is read is written and read again the same", arguments: documents)
    func survivesEveryByte(document: String) throws {
        let bytes = Array(document.utf8)
        var refused = 0
        for place in bytes.indices {
            for replacement in UInt8.min...UInt8.max {
                var changed = bytes
                changed[place] = replacement
                guard let value = try? StrictJSON.parse(changed, maximumDepth: 8) else {
                    refused += 1
                    continue
                }
                let again = try StrictJSON.parse(StrictJSON.encode(value), maximumDepth: 8)
                if again != value { Issue.record("byte \(place) as \(replacement) does not survive a round trip") }
            }
        }
        #expect(refused > 0)
    }

    @Test("the outermost container counts 1, and no caller can allow more than 64")
    func countsDepth() throws {
        func nested(_ depth: Int) -> [UInt8] { Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8) }
        #expect(try StrictJSON.parse(Array("1".utf8), maximumDepth: 0) == 1)
        #expect(throws: JSONError(kind: .tooDeep, offset: 0)) { try StrictJSON.parse(nested(1), maximumDepth: 0) }
        #expect(try StrictJSON.parse(nested(1), maximumDepth: 1) == [])
        #expect(throws: JSONError(kind: .tooDeep, offset: 1)) { try StrictJSON.parse(nested(2), maximumDepth: 1) }
        _ = try StrictJSON.parse(nested(64), maximumDepth: .max)
        #expect(throws: JSONError(kind: .tooDeep, offset: 64)) { try StrictJSON.parse(nested(100_000), maximumDepth: .max) }
    }

    @Test("in an object of thousands every key is found, and a duplicate still refused")
    func handlesManyMembers() throws {
        let members = (0..<5_000).map { #""k\#($0)":\#($0)"# }
        let object = try #require(try StrictJSON.parse(Array("{\(members.joined(separator: ","))}".utf8), maximumDepth: 1).object)
        #expect(object.count == 5_000)
        #expect(object["k0"] == 0 && object["k16"] == 16 && object["k4999"] == 4_999 && object["k5000"] == nil)
        let doubled = "{\((members + [#""\u006b17":1"#]).joined(separator: ","))}"
        #expect(throws: JSONError(kind: .duplicateMember, offset: doubled.utf8.count - 13)) {
            try StrictJSON.parse(Array(doubled.utf8), maximumDepth: 1)
        }
    }

    @Test("an error says the rule and the byte and quotes nothing")
    func describesErrors() {
        #expect(JSONError(kind: .loneSurrogate, offset: 12).description == "loneSurrogate at byte 12")
    }
}
