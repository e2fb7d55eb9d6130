import ArgumentParser
import Glibc
import Simulation

/// Lives through as many lives of a gateway as asked, and says what broke.
@main
struct LockbridgeSim: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockbridge-sim",
        abstract: "Runs the gateway's machines through simulated lives and checks every invariant after every step.",
        discussion: """
            A seed is a life: who asks for what, and what fails when (crashes around any write, a disk that lies, late radios, hostile messages, \
            jams, open doors, clocks that jump). The same seed is the same life. Without --seed, seeds are drawn at random and printed.

              lockbridge-sim                                 200 lives
              lockbridge-sim --seeds 10000                   as many lives as you have time for
              lockbridge-sim --seed 7                        one life again
              lockbridge-sim --seed 7 --bug no-settle        the same life of a gateway with a known mistake
              lockbridge-sim --prove                         every seeded mistake is found, and the gateway without it passes the same seeds
              lockbridge-sim --scenario FILE                 a life told in a file, as in Tests/ScenarioTests
              lockbridge-sim --replay FILE                   what `lockbridge run --trace FILE` kept, decided again

            Exit codes: 0 every invariant held; 1 one did not, or the lives did too little to show anything; 64 usage.
            What breaks is printed as the shortest life found that breaks it, with the command that repeats it.
            """)

    @Option(help: "The first seed.")
    var seed: UInt64?

    @Option(help: "How many seeds, one after another. (default: 1 with --seed, else 200)")
    var seeds: UInt64?

    @Option(help: "About how many inputs each life has.")
    var steps = 1000

    @Option(help: ArgumentHelp("A mistake to make.", valueName: "name"))
    var bug: SeededBug?

    @Option(help: "What the gateway's disk is.")
    var store: StoreKind = .memory

    @Option(help: ArgumentHelp("Live this file instead of a seed.", valueName: "file"))
    var scenario: String?

    @Option(help: ArgumentHelp("Decide again what a gateway's trace holds, and compare.", valueName: "file"))
    var replay: String?

    @Flag(help: "Make each mistake in turn until it is found, and none on the same seeds.")
    var prove = false

    @Flag(help: "Print the outcome as one JSON object.")
    var json = false

    func validate() throws {
        guard steps > 0 && steps <= 1_000_000 else { throw ValidationError("--steps is a number from 1 to 1000000.") }
        guard seeds != 0 else { throw ValidationError("--seeds is at least 1.") }
        guard scenario == nil || (seed == nil && seeds == nil && bug == nil && !prove) else {
            throw ValidationError("--scenario is a life of its own: no seed, bug or --prove goes with it.")
        }
        guard !prove || bug == nil else { throw ValidationError("--prove makes every mistake: --bug does not go with it.") }
    }

    func run() throws {
        if let replay { throw ExitCode(TraceFile(path: replay).replay()) }
        if let scenario { throw ExitCode(try Report.live(scenario: scenario, store: store, isJSON: json)) }
        let first = seed ?? UInt64.random(in: 1...999_999_999)
        let count = seeds ?? (seed == nil ? 200 : 1)
        if prove {
            throw ExitCode(Proof(first: first, count: count, inputs: steps, store: store).run())
        }
        var batch = Batch(inputs: steps, bug: bug, store: store.maker)
        let report = Report(first: first, count: count, steps: steps, bug: bug, isJSON: json)
        let found = report.live(&batch)
        throw ExitCode(report.tell(batch, found))
    }
}

extension SeededBug: ExpressibleByArgument {}

/// The disks there are.
enum StoreKind: String, ExpressibleByArgument, CaseIterable {
    case memory
    /// The real journal, SQLite and all, on a disk in memory that tears and forgets.
    case sqlite

    var maker: @Sendable () -> any RecordStore {
        switch self {
        case .memory: { MemoryStore() }
        case .sqlite: { JournalStore() }
        }
    }
}
