import GatewayCore
import LockModel
import WireBytes

/// A life told in a file, with what is expected of it. `Tests/ScenarioTests` holds them; a minimal plan of `lockbridge-sim --json` is the start
/// of one.
package struct Scenario: Sendable, Codable {
    /// How a life ends. In a file, what is left out is not looked at.
    package struct Outcome: Sendable, Codable {
        /// Each lock's motor: its runs, in order.
        package var moves: [String: [MotorAction]]?
        /// Each lock's bolt at the end, as it truly is.
        package var bolts: [String: BoltState]?
        /// The alarms that stand at the end, by lock.
        package var alarms: [String: AlarmReason]?
        /// Every alarm raised, in order.
        package var raised: [AlarmReason]?
        /// The replies to each command in the order they were sent: `status`, or `status reason`.
        package var replies: [[String]]?
        /// The resident's events since everybody moved in, in order.
        package var events: [String]?
        /// Uses spent of grants, by name.
        package var spent: [String: Int]?
        /// Unlocks still owed.
        package var owed: Int?
        package var isFrozen: Bool?
    }

    /// The rule it shows, in the user's words.
    package var name: String
    package var plan: Plan
    package var expected: Outcome

    private enum CodingKeys: String, CodingKey {
        case name, plan, expected
    }

    /// Reads a scenario.
    /// - Throws: `JSONError` for what is no JSON, `JSONDecodingError` for what is no scenario; both name the place.
    package init(json: [UInt8]) throws {
        self = try StrictJSON.decode(Scenario.self, from: try StrictJSON.parse(json.span, maximumDepth: 16))
    }

    /// Lives it.
    /// - Returns: the world as it is at the end, and everything that is not as expected, in words.
    package func lived(isTold: Bool = false, store: any RecordStore = MemoryStore()) -> (world: World, differences: [String]) {
        let world = Life.lived(plan, store: store, isTold: isTold)
        return (world, world.violations.map(\.description) + expected.differences(from: Outcome(world)))
    }
}

extension Scenario.Outcome {
    /// How a life ended, whole.
    package init(_ world: World) {
        for lock in Home.locks {
            moves = (moves ?? [:]).merging([lock.text: world.doors[lock]?.moves.map(\.action) ?? []]) { $1 }
            bolts = (bolts ?? [:]).merging([lock.text: world.doors[lock]?.bolt ?? .unknown]) { $1 }
        }
        alarms = Dictionary(uniqueKeysWithValues: world.alarms.map { ($0.key.text, $0.value) })
        raised = world.alarmsEver
        replies = world.commands.map { command in
            world.replies(to: command).map { $0.status.rawValue + ($0.reason.map { " \($0.rawValue)" } ?? "") }
        }
        events = world.eventsSinceEpoch(of: Home.anna)
        spent = world.tokensOfGrants.mapValues { world.machine.ledger.uses[$0.id]?.spent ?? 0 }
        owed = world.machine.ledger.obligations.count
        isFrozen = world.machine.isFrozen
    }

    /// What is not as expected here, in words; of locks and grants only those that are named.
    func differences(from outcome: Scenario.Outcome) -> [String] {
        var found: [String] = []
        func compare<Value: Equatable>(_ what: String, _ expected: Value?, _ value: Value?) {
            guard let expected, expected != value else { return }
            found.append("\(what): \(value.map { "\($0)" } ?? "nothing"), not \(expected)")
        }
        func compareEach<Value: Equatable>(_ what: String, _ expected: [String: Value]?, _ values: [String: Value]?) {
            for (name, value) in (expected ?? [:]).sorted(by: { $0.key < $1.key }) { compare("\(what) \(name)", value, values?[name]) }
        }
        compareEach("the motor of", moves?.mapValues { $0.map(\.rawValue) }, outcome.moves?.mapValues { $0.map(\.rawValue) })
        compareEach("the bolt of", bolts?.mapValues(\.rawValue), outcome.bolts?.mapValues(\.rawValue))
        compare("alarms that stand", alarms?.mapValues(\.rawValue), outcome.alarms?.mapValues(\.rawValue))
        compare("alarms raised", raised?.map(\.rawValue), outcome.raised?.map(\.rawValue))
        compare("replies", replies, outcome.replies)
        compare("events", events, outcome.events)
        compareEach("uses spent of", spent, outcome.spent)
        compare("unlocks owed", owed, outcome.owed)
        compare("frozen", isFrozen, outcome.isFrozen)
        return found
    }
}

extension World {
    /// The kinds of a principal's events since everybody had moved in.
    func eventsSinceEpoch(of principal: PrincipalID) -> [String] {
        published.filter { record in
            record.number > movedInAt && record.addressees.contains { $0.principal == principal }
        }.map(\.body.kind)
    }
}
