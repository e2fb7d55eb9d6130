/// CRC-16/CCITT as Nuki uses it: polynomial 0x1021, begun with 0xFFFF, not reflected (Smart Lock API V2.1, "Command"; vectors in Tests).
package enum NukiCRC {
    /// The checksum; sent least significant byte first.
    package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt16 {
        var crc: UInt16 = 0xFFFF
        for byte in bytes {
            crc ^= UInt16(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
        }
        return crc
    }
}
