/// A name that people and topics use: a lock, a principal, an adapter, a bus.
///
/// Guarantees the id rule of the bus contract, `[a-z0-9][a-z0-9-]{0,63}`, so a name is always one topic level and one path component.
/// The `Kind` keeps a lock's name from being used as a principal's.
public struct Name<Kind>: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The name itself.
    public let text: String

    /// Takes a name if it follows the rule, else `nil`; the caller says which name was wrong.
    public init?(_ text: String) {
        guard (1...64).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "-") else { return nil }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): continue
            default: return nil
            }
        }
        self.text = text
    }

    /// Decodes a name, refusing one that breaks the rule.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let name = Name(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a name: a-z, 0-9 and -, 1 to 64 of them")
        }
        self = name
    }

    /// Encodes the name as a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The name itself.
    public var description: String { text }

    /// Orders names by their bytes.
    public static func < (left: Name, right: Name) -> Bool { left.text < right.text }
}

/// Marks the name of a lock.
public enum LockKind {}
/// Marks the name of a resident, retailer, partner, operator or automation.
public enum PrincipalKind {}
/// Marks the name of an adapter.
public enum AdapterKind {}
/// Marks the name of a configured bus.
public enum BusKind {}

/// The name of a lock, unique in its gateway.
public typealias LockID = Name<LockKind>
/// The name of a principal, unique in its gateway.
public typealias PrincipalID = Name<PrincipalKind>
/// The name of an adapter, as its manifest says.
public typealias AdapterName = Name<AdapterKind>
/// The name of a configured bus.
public typealias BusName = Name<BusKind>
