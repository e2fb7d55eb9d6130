/// A place in a JSON value, printed like `locks[0].ttlMilliseconds`; the whole value prints as nothing.
package struct JSONPath: Equatable, Sendable {
    /// One step into a value.
    package enum Step: Equatable, Sendable {
        case member(String)
        case element(Int)
    }

    package var steps: [Step] = []

    init(_ steps: [Step] = []) { self.steps = steps }

    init(_ codingPath: [any CodingKey]) {
        steps = codingPath.map { key in key.intValue.map(Step.element) ?? .member(key.stringValue) }
    }
}

extension JSONPath: CustomStringConvertible {
    package var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .member(let name): text += text.isEmpty ? name : ".\(name)"
            case .element(let place): text += "[\(place)]"
            }
        }
        return text
    }
}

/// The coding key of a place without a declared one: an array's element, or `super`.
struct PlaceKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = String(intValue)
        self.intValue = intValue
    }

    static let `super` = PlaceKey(stringValue: "super")
}
