import LockModel
import WireBytes

/// `P/from/{principal}/replay`: send again what I missed (`bus-reference`, Topics and delivery). Plain JSON, unsigned: it gives nobody anything that was
/// not theirs already.
package struct ReplayRequest: Sendable, Equatable {
    /// Why a request is refused.
    package struct Mistake: Error, Equatable {
        package var detail: String
    }

    /// The last sequence the asker has; 0 for none.
    package var after: Int64
    /// How many events at most.
    package var limit: Int

    package static let maximumLimit = 500

    /// Reads `{after, limit}`, both required, nothing else.
    package init(_ payload: [UInt8]) throws(Mistake) {
        let value: JSONValue
        do throws(JSONError) {
            value = try StrictJSON.parse(payload, maximumDepth: 1)
        } catch {
            throw Mistake(detail: "It is not JSON: \(error).")
        }
        guard case .object(let object) = value else { throw Mistake(detail: "It is no object.") }
        for key in object.keys where key != "after" && key != "limit" { throw Mistake(detail: "There is no member \(key).") }
        guard let after = object["after"]?.integer, after >= 0 else { throw Mistake(detail: "after is a sequence, 0 or more.") }
        guard let limit = object["limit"]?.integer, (1...Int64(ReplayRequest.maximumLimit)).contains(limit) else {
            throw Mistake(detail: "limit is 1 to \(ReplayRequest.maximumLimit).")
        }
        self.after = after
        self.limit = Int(limit)
    }
}
