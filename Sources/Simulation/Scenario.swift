import GatewayCore
import LockModel
import WireBytes

/// A life told in a file, with what is expected of it. `Tests/ScenarioTests` holds them; a minimal plan of `lockbridge-sim --json` is the start
/// of one.
package struct Scenario: Sendable, Codable {
    /// What is expected; what is left out is not looked at.
    package struct Expected: Sendable, Codable {
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
    package var expected: Expected

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
        return (world, world.violations.map(\.description) + differences(world))
    }

    private func differences(_ world: World) -> [String] {
        var found: [String] = []
        func compare<Value: Equatable>(_ what: String, _ expected: Value?, _ value: @autoclosure () -> Value) {
            guard let expected else { return }
            let value = value()
            if value != expected { found.append("\(what): \(value), not \(expected)") }
        }
        for (name, moves) in (expected.moves ?? [:]).sorted(by: { $0.key < $1.key }) {
            compare("the motor of \(name)", moves.map(\.rawValue), door(name, world)?.moves.map(\.action.rawValue) ?? [])
        }
        for (name, bolt) in (expected.bolts ?? [:]).sorted(by: { $0.key < $1.key }) {
            compare("the bolt of \(name)", bolt.rawValue, door(name, world)?.bolt.rawValue ?? "")
        }
        let standing = world.alarms.map { "\($0.key) \($0.value.rawValue)" }.sorted()
        compare("alarms that stand", expected.alarms?.map { "\($0.key) \($0.value.rawValue)" }.sorted(), standing)
        compare("alarms raised", expected.raised?.map(\.rawValue), world.alarmsEver.map(\.rawValue))
        compare("replies", expected.replies, world.commands.map { replies(to: $0, world) })
        compare("events", expected.events, world.eventsSinceEpoch(of: Home.anna))
        for (name, spent) in (expected.spent ?? [:]).sorted(by: { $0.key < $1.key }) {
            let uses = world.tokensOfGrants[name].flatMap { world.machine.ledger.uses[$0.id]?.spent } ?? 0
            compare("uses spent of \(name)", spent, uses)
        }
        compare("unlocks owed", expected.owed, world.machine.ledger.obligations.count)
        compare("frozen", expected.isFrozen, world.machine.isFrozen)
        return found
    }

    private func door(_ name: String, _ world: World) -> VirtualLock? { LockID(name).flatMap { world.doors[$0] } }

    private func replies(to command: CommandToken, _ world: World) -> [String] {
        world.replies(to: command).map { reply in reply.status.rawValue + (reply.reason.map { " \($0.rawValue)" } ?? "") }
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
