import Testing
import WireBytes

@Suite("Writing JSON")
struct JSONWriterTests {
    private func text(_ value: JSONValue) throws -> String { String(decoding: try StrictJSON.encode(value), as: UTF8.self) }

    @Test("values are written compact, members in their order")
    func writesCompact() throws {
        let value: JSONValue = ["z": [1, -20, 0, true, false, nil], "a": ["": "é😀"], "e": [], "o": [:]]
        #expect(try text(value) == #"{"z":[1,-20,0,true,false,null],"a":{"":"é😀"},"e":[],"o":{}}"#)
    }

    @Test("only quote, backslash and control characters are escaped")
    func escapes() throws {
        #expect(try text(.string("\"\\/\u{8}\t\n\u{c}\r\u{1}\u{1f}\u{7f}\u{2028}")) == #""\"\\/\b\t\n\f\r\u0001\u001f\#u{7f}\#u{2028}""#)
        #expect(try text([#"k"\#n"#: 1]) == #"{"k\"\n":1}"#)
    }

    @Test("an integer that not every reader carries exactly is refused with its place")
    func refusesLargeIntegers() throws {
        #expect(try text(9_007_199_254_740_991) == "9007199254740991")
        #expect(try text(-9_007_199_254_740_991) == "-9007199254740991")
        for number: Int64 in [9_007_199_254_740_992, -9_007_199_254_740_992, .max, .min] {
            let error = #expect(throws: JSONEncodingError.self) { try StrictJSON.encode(JSONValue.object(["a": [1, .integer(number)]])) }
            #expect(error?.description == "a[1]: integerOutOfRange")
        }
    }
}
