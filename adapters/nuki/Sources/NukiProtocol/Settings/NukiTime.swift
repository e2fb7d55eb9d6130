import LockModel
import WireBytes

/// A time as a lock says it: year u16, month, day, hour, minute, second, in UTC (V2.1; as public clients read it).
package enum NukiTime {
    /// How many bytes it takes.
    package static let byteCount = 7

    /// - Returns: `nil` for a time that is none, such as a lock's that lost its clock.
    package static func read(_ reader: inout ByteReader) throws(ByteFault) -> Timestamp? {
        let year = Int(try reader.uint16())
        let rest = try reader.take(5).map { Int($0) }
        guard year >= 2014, year <= 9999 else { return nil }
        let two = rest.map { ($0 < 10 ? "0" : "") + String($0) }
        return Timestamp("\(year)-\(two[0])-\(two[1])T\(two[2]):\(two[3]):\(two[4]).000Z")
    }
}
