/// Why bytes are not the one JSON we accept, and where.
///
/// It is always the sender's fault. The caller refuses the whole text with this as detail; nothing of the text is quoted,
/// so it may be logged.
package struct JSONError: Error, Equatable, Sendable {
    /// The rule that was broken (RFC 8259, and RFC 7493 where stricter).
    package enum Kind: String, Sendable {
        /// The text ends before the value does; the offset is its length.
        case unexpectedEnd
        /// A byte that cannot stand here.
        case unexpectedByte
        /// Something other than blanks follows the value.
        case trailingBytes
        /// A key stands twice in one object, also when the two are escaped differently; the offset is the second's.
        case duplicateMember
        /// Containers are nested deeper than the caller allows.
        case tooDeep
        /// A number with a fraction, exponent, plus sign or leading zero, or `-0`.
        case notAnInteger
        /// An integer outside −(2⁵³−1) … 2⁵³−1.
        case integerOutOfRange
        /// Bytes in a string that are not UTF-8.
        case invalidUTF8
        /// A byte below 0x20 inside a string.
        case controlCharacter
        /// A backslash followed by none of `"\/bfnrtu`, or `\u` without four hexadecimal digits.
        case invalidEscape
        /// Half of a surrogate pair.
        case loneSurrogate
    }

    package let kind: Kind
    /// The byte at which it shows, counted from 0.
    package let offset: Int

    package init(kind: Kind, offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String { "\(kind.rawValue) at byte \(offset)" }
}
