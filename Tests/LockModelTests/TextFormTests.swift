import LockModel
import Testing

@Suite("How values read as text")
struct TextFormTests {
    @Test(
        "a time is RFC 3339 in UTC with three decimals, and comes back",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_800_000_000_123, "2027-01-15T08:00:00.123Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
        ])
    func time(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test("a time beyond the calendar's four digits is still written, and fits")
    func farAway() {
        #expect(Timestamp(milliseconds: .max).description == "292278994-08-17T07:12:55.807Z")
        #expect(Timestamp(milliseconds: .min + 1000).description == "-292275055-05-16T16:47:05.192Z")
    }

    @Test("an id is 22 characters of base64url, and comes back, whichever its bits are")
    func ids() throws {
        for place in 0..<128 {
            var bytes = [UInt8](repeating: 0, count: 16)
            bytes[place / 8] = 0x80 >> UInt8(place % 8)
            let id = try #require(TokenID(bytes: bytes))
            #expect(id.description.utf8.count == 22)
            #expect(TokenID(id.description) == id)
        }
        #expect(TokenID(bytes: [UInt8](repeating: 255, count: 16))?.description == "_____________________w")
        #expect(TokenID(bytes: Array(0..<16))?.description == "AAECAwQFBgcICQoLDA0ODw")
    }

    @Test("a digest is 64 hexadecimal digits of its bytes, and comes back")
    func digests() throws {
        let bytes = (0..<32).map { UInt8($0 * 8 + 7) }
        let digest = try #require(Digest(bytes))
        #expect(digest.bytes == bytes)
        #expect(digest.description == "070f171f272f373f474f575f676f777f878f979fa7afb7bfc7cfd7dfe7eff7ff")
        #expect(Digest(hex: digest.description) == digest)
    }
}
