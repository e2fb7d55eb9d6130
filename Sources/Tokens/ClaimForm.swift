import LockModel
import WireBytes

/// What a member of a token must look like, and how it is read.
struct ClaimForm<Value> {
    private let sentenceEnd: () -> String
    /// The value, or `nil` when it has another form.
    let read: (JSONValue) -> Value?

    /// - Parameter expected: completes the sentence "the member is not …"; made only when it has to be said.
    init(expected: @autoclosure @escaping () -> String, read: @escaping (JSONValue) -> Value?) {
        sentenceEnd = expected
        self.read = read
    }

    /// Completes the sentence "the member is not …".
    var expected: String { sentenceEnd() }
}

extension ClaimForm where Value == String {
    /// Any text but the empty one.
    static var text: Self { Self(expected: "a text") { $0.string.flatMap { $0.isEmpty ? nil : $0 } } }

    /// A label that may become a topic level: text by the id rule.
    static var label: Self {
        Self(expected: "a label (a-z, 0-9 and -, 1 to 64 of them)") { $0.string.flatMap { Name<Self>($0)?.text } }
    }

    /// An RFC 7638 thumbprint: 32 bytes of canonical base64url, 43 characters.
    static var thumbprint: Self {
        Self(expected: "a key's thumbprint (43 characters of base64url)") { claim in
            claim.string.flatMap { (try? Base64URL.decode($0))?.count == 32 ? $0 : nil }
        }
    }
}

extension ClaimForm where Value == Bool {
    static var bool: Self { Self(expected: "true or false") { $0.bool } }
}

extension ClaimForm where Value == Int {
    /// A whole number of a range.
    static func count(from least: Int) -> Self {
        Self(expected: "an integer of at least \(least)") { claim in
            claim.integer.flatMap { $0 >= least ? Int($0) : nil }
        }
    }

    /// A time of day as `HH:MM`, in minutes.
    static var minuteOfDay: Self {
        Self(expected: "a time of day like 08:30") { claim in
            guard let text = claim.string.map({ Array($0.utf8) }), text.count == 5, text[2] == UInt8(ascii: ":") else { return nil }
            let digits = [text[0], text[1], text[3], text[4]].map { Int($0) - 0x30 }
            guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
            let (hour, minute) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
            return hour < 24 && minute < 60 ? hour * 60 + minute : nil
        }
    }
}

extension ClaimForm where Value == Int64 {
    /// A counter such as `rseq`.
    static var sequence: Self { Self(expected: "an integer of at least 0") { $0.integer.flatMap { $0 >= 0 ? $0 : nil } } }
}

extension ClaimForm where Value == Timestamp {
    /// NumericDate in whole seconds.
    static var time: Self { Self(expected: "a time in whole seconds") { $0.integer.map(Timestamp.init(seconds:)) } }
}

extension ClaimForm where Value == TokenID {
    static var tokenID: Self { Self(expected: "an id of 22 characters of canonical base64url") { $0.string.flatMap { TokenID($0) } } }
}

extension ClaimForm where Value == Digest {
    /// A SHA-256 value in base64url, as `grantHash` has it.
    static var hash: Self {
        Self(expected: "a SHA-256 value (43 characters of base64url)") { claim in
            claim.string.flatMap { try? Base64URL.decode($0) }.flatMap { Digest($0) }
        }
    }
}

extension ClaimForm {
    /// A name by the id rule.
    static func name<Kind>() -> Self where Value == Name<Kind> {
        Self(expected: "a name (a-z, 0-9 and -, 1 to 64 of them)") { $0.string.flatMap { Name($0) } }
    }

    /// One of the words of an enumeration.
    static func word() -> Self where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
        Self(expected: "one of " + Value.allCases.map(\.rawValue).joined(separator: ", ")) { $0.string.flatMap { Value(rawValue: $0) } }
    }

    /// So many elements of one form.
    static func array<Element>(of form: ClaimForm<Element>, _ count: ClosedRange<Int>) -> Self where Value == [Element] {
        Self(expected: "an array\(Self.size(count)), each \(form.expected)") { claim in
            guard let elements = claim.array, count.contains(elements.count) else { return nil }
            let values = elements.compactMap(form.read)
            return values.count == elements.count ? values : nil
        }
    }

    private static func size(_ count: ClosedRange<Int>) -> String {
        if count.upperBound < .max { return " of \(count.lowerBound) to \(count.upperBound)" }
        return count.lowerBound > 0 ? " of at least \(count.lowerBound)" : ""
    }
}
