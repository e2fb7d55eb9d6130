import WireBytes

/// One data frame between the host and a Z-Wave controller (INS12350, 5.4 "Frame layout"): `01 | LEN | TYPE | FUNC | data | CHK`.
package struct SerialFrame: Equatable, Sendable {
    /// Who began: a request, or the answer that follows a request at once.
    package enum Kind: UInt8, Sendable {
        case request = 0x00
        case response = 0x01
    }

    /// LEN counts itself, TYPE and FUNC, and is one byte.
    package static let longestPayload = 255 - 3

    package let kind: Kind
    package let function: SerialFunction
    package let payload: [UInt8]

    /// A frame; a payload past ``longestPayload`` is a mistake of the caller's and is cut off by nobody: see ``bytes()``.
    package init(_ kind: Kind, _ function: SerialFunction, _ payload: [UInt8] = []) {
        self.kind = kind
        self.function = function
        self.payload = payload
    }

    /// As it travels.
    /// - Throws: `invalid` where the payload is longer than ``longestPayload``.
    package func bytes() throws(ByteFault) -> [UInt8] {
        guard payload.count <= Self.longestPayload else { throw .invalid(offset: 1, "a payload of \(payload.count) bytes") }
        let body = [UInt8(payload.count + 3), kind.rawValue, function.rawValue] + payload
        return [SerialSymbol.startOfFrame] + body + [Self.checksum(body)]
    }

    /// 0xFF and every byte from LEN to the last of the data, by exclusive or.
    static func checksum(_ body: some Sequence<UInt8>) -> UInt8 { body.reduce(0xFF, ^) }
}

/// The single bytes of the line.
enum SerialSymbol {
    static let startOfFrame: UInt8 = 0x01
    static let acknowledge: UInt8 = 0x06
    static let refuse: UInt8 = 0x15
    static let cancel: UInt8 = 0x18
}
