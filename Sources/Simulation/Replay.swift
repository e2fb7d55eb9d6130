import GatewayCore
import LockModel
import WireBytes

/// Repeats what `lockbridge run --trace` kept: the same inputs at the same instants have to give the same decisions.
package struct Replay {
    /// Where a trace and this machine part ways.
    package enum Finding: Error, Sendable, Equatable, CustomStringConvertible {
        /// The line is none of a trace's.
        case unreadable(line: Int, String)
        /// The decisions differ: what the trace has, and what the machine decides here.
        case otherwise(line: Int, there: [String], here: [String])

        package var description: String {
            switch self {
            case .unreadable(let line, let why): "line \(line) is no line of a trace: \(why)"
            case .otherwise(let line, let there, let here):
                "line \(line) is decided otherwise here.\n  there: \(there.joined(separator: "\n         "))\n  here:  \(here.joined(separator: "\n         "))"
            }
        }
    }

    private var machine: GatewayMachine?
    private var line = 0
    /// Inputs repeated.
    package private(set) var inputs = 0

    package init() {}

    /// Takes the next line of the trace; the first says what the machine began with.
    package mutating func take(_ bytes: [UInt8]) throws(Finding) {
        line += 1
        guard machine != nil else { return try begin(bytes) }
        let step = try read(bytes, as: Trace.Step.self)
        let decisions = machine?.handle(step.input, at: step.at).map(\.summary) ?? []
        inputs += 1
        guard decisions == step.decisions else { throw .otherwise(line: line, there: step.decisions, here: decisions) }
    }

    private mutating func begin(_ bytes: [UInt8]) throws(Finding) {
        let start = try read(bytes, as: Trace.Start.self)
        guard start.trace == Trace.version else {
            throw .unreadable(line: line, "version \(start.trace), and this program reads \(Trace.version)")
        }
        var machine = GatewayMachine(
            state: start.state, settings: start.settings, bootMilliseconds: start.loadedBootMilliseconds, isFrozen: start.frozen ?? false)
        let decisions = machine.start(at: start.at).map(\.summary)
        self.machine = machine
        guard decisions == start.decisions else { throw .otherwise(line: line, there: start.decisions, here: decisions) }
    }

    private func read<Value: Decodable>(_ bytes: [UInt8], as type: Value.Type) throws(Finding) -> Value {
        do {
            return try StrictJSON.decode(type, from: try StrictJSON.parse(bytes, maximumDepth: 24))
        } catch {
            throw .unreadable(line: line, "\(error)")
        }
    }
}
