import Testing
import WireBytes

@Suite("Packets of bytes")
struct ByteReaderTests {
    @Test("numbers come least significant byte first, and go back the same way")
    func littleEndian() throws {
        var reader = ByteReader([0x34, 0x12, 0xEF, 0xCD, 0xAB, 0x89, 7, 8, 9])
        #expect(try reader.uint16() == 0x1234)
        #expect(try reader.uint32() == 0x89AB_CDEF)
        #expect(try reader.byte() == 7)
        #expect(reader.rest() == [8, 9])
        try reader.end()
        var bytes: [UInt8] = []
        bytes.append(littleEndian: 0x1234)
        bytes.append(littleEndian: 0x89AB_CDEF, bytes: 4)
        #expect(bytes == [0x34, 0x12, 0xEF, 0xCD, 0xAB, 0x89])
    }

    @Test("a packet that ends too soon or goes on too long is refused with the place")
    func bounds() throws {
        var short = ByteReader([1])
        #expect(throws: ByteFault.truncated(offset: 1)) { try short.uint16() }
        var long = ByteReader([1, 2, 3])
        #expect(try long.take(2) == [1, 2])
        #expect(throws: ByteFault.trailing(offset: 2)) { try long.end() }
        #expect(throws: ByteFault.truncated(offset: 3)) { try long.take(2) }
        #expect(throws: ByteFault.truncated(offset: 3)) { try long.take(-1) }
    }
}
