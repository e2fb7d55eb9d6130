/// A version by SemVer 2.0.0, without build metadata: `MAJOR.MINOR.PATCH` and, after a hyphen, pre-release identifiers.
package struct SemanticVersion: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let major: Int
    package let minor: Int
    package let patch: Int
    /// What follows the hyphen; a version with it is older than the same without.
    package let preRelease: [String]

    /// Reads a version, `nil` where it breaks the rule (SemVer 2.0.0, sections 2 and 9).
    package init?(_ text: String) {
        guard text.utf8.count <= 128 else { return nil }
        let halves = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = halves[0].split(separator: ".", omittingEmptySubsequences: false).map { SemanticVersion.number($0) }
        guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2] else { return nil }
        let identifiers = halves.count == 2 ? halves[1].split(separator: ".", omittingEmptySubsequences: false) : []
        guard identifiers.allSatisfy(SemanticVersion.isIdentifier) else { return nil }
        (self.major, self.minor, self.patch) = (major, minor, patch)
        preRelease = identifiers.map(String.init)
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            text == "0" || !text.hasPrefix("0")
        else { return nil }
        return Int(text)
    }

    private static func isIdentifier(_ text: Substring) -> Bool {
        let isNumeric = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !text.isEmpty, !isNumeric || number(text) != nil else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: byte == UInt8(ascii: "-")
            }
        }
    }

    /// Decodes a version, refusing anything else.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let version = SemanticVersion(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a version like 1.2.3")
        }
        self = version
    }

    /// Encodes the version as text.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package var description: String {
        "\(major).\(minor).\(patch)" + (preRelease.isEmpty ? "" : "-" + preRelease.joined(separator: "."))
    }

    /// Older before newer (SemVer 2.0.0, section 11).
    package static func < (left: SemanticVersion, right: SemanticVersion) -> Bool {
        let (leftCore, rightCore) = ((left.major, left.minor, left.patch), (right.major, right.minor, right.patch))
        guard leftCore == rightCore else { return leftCore < rightCore }
        if left.preRelease.isEmpty || right.preRelease.isEmpty { return !left.preRelease.isEmpty && right.preRelease.isEmpty }
        for (one, other) in zip(left.preRelease, right.preRelease) where one != other {
            return switch (number(Substring(one)), number(Substring(other))) {
            case (let one?, let other?): one < other
            case (_?, nil): true
            case (nil, _?): false
            case (nil, nil): one < other
            }
        }
        return left.preRelease.count < right.preRelease.count
    }
}
