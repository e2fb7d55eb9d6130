import Testing
import WireBytes

@Suite("JSON objects and values")
struct JSONObjectTests {
    @Test("members keep their order, a changed one its place, a removed one leaves")
    func keepsOrder() {
        var object: JSONObject = ["b": 1, "a": 2, "c": 3]
        object["a"] = "new"
        object["d"] = nil
        object["b"] = nil
        object["e"] = .null
        #expect(object.keys == ["a", "c", "e"])
        #expect(object["a"] == "new" && object["b"] == nil && object["e"] == JSONValue.null)
        #expect(object != ["c": 3, "a": "new", "e": nil])
    }

    @Test("removing from a large object leaves every other key findable")
    func removesFromLarge() {
        var object = JSONObject((0..<40).map { ("k\($0)", .integer($0)) })
        for key in 0..<30 { object["k\(key)"] = nil }
        #expect(object.count == 10)
        for key in 0..<30 { #expect(object["k\(key)"] == nil) }
        for key in 30..<40 { #expect(object["k\(key)"] == .integer(Int64(key))) }
        for key in 0..<30 { object["k\(key)"] = 0 }
        #expect(object.count == 40 && object["k39"] == 39 && object["k29"] == 0)
    }

    @Test("a key that only looks the same is another key")
    func comparesBytes() {
        let object: JSONObject = ["\u{e9}": 1]
        #expect(object["e\u{301}"] == nil)
        #expect(JSONValue.string("K") != JSONValue.string("\u{212A}"))
    }
}
