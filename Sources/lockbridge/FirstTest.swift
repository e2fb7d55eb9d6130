import AdapterProtocol
import Glibc
import LockModel

/// What follows a pairing at the door: see that the lock locks again by itself or by a waiver, then open it once and watch it lock.
struct FirstTest {
    private static let openSeconds = 2
    private static let patienceSeconds = 45
    private static let leastAutoRelockSeconds = 60

    let client: AdminClient
    let lock: LockID
    var questions: Questions

    /// Asks and does it; says how to do later what was left out.
    /// - Throws: `CommandFailure` where the lock was opened and did not lock as it should.
    mutating func run() throws {
        guard let view = try ready() else {
            return Terminal.print("It was not read yet: `lockbridge why \(lock)` tells why.")
        }
        var assurance = view.relockAssurance
        if assurance == nil { assurance = try secureRelock(view) }
        guard let assurance else {
            return Terminal.print("It opens for nobody until then: `lockbridge lock settings \(lock)`")
        }
        Terminal.row("relock", LockCommand.relock(assurance))
        let question = "Try it now? It opens for \(Self.openSeconds) s and locks again."
        guard try questions.choose(question, ["yes", "later"]) == 0 else {
            return Terminal.print("Later: `lockbridge lock test \(lock)`")
        }
        let time = try LockTestCommand.cycle(client, LockCommandRequest(lock: lock, openSeconds: Self.openSeconds))
        Terminal.print("Opened after \(time.opening) ms, and locked again after \(time.locking) ms more, by its own word.")
        Terminal.print("Now prove the door: `lockbridge lock prove \(lock)`")
    }

    /// The lock, once it was read for the first time.
    private func ready() throws -> LockView? {
        Terminal.print("Waiting for its first reading ...")
        for _ in 0..<Self.patienceSeconds * 5 {
            let view = try LockCommand.view(of: lock, client)
            if view.online, view.phase == "closed" { return view }
            usleep(200_000)
        }
        return nil
    }

    /// Arms the lock's own auto-relock, or has it waived in writing.
    private mutating func secureRelock(_ view: LockView) throws -> RelockAssurance? {
        let range = view.capabilities?.autoRelock
        let seconds = range.map { min($0.max, max($0.min, Self.leastAutoRelockSeconds)) }
        let arm = seconds.map { ["arm its auto-relock: \($0) s"] } ?? []
        let choices = arm + ["only the gateway relocks it: say why", "later"]
        guard let choice = try questions.choose("Nothing is sure to lock \(lock) again yet.", choices) else { return nil }
        if let seconds, choice == 0 {
            let result: ConfigureResult = try client.call(.lockConfigure, LockAutoRelockRequest(lock: lock, seconds: seconds))
            if result.state != .set { Terminal.print("The lock was asked, and does not say so (\(result.state.rawValue)).") }
        } else if choice == arm.count {
            let reason = try questions.text("Why is that acceptable at this door? It is recorded with your account.") {
                $0.isEmpty ? "A reason is needed." : $0.utf8.count > 500 ? "At most 500 bytes." : nil
            }
            let _: Reply = try client.call(.lockSet, LockSetRequest(lock: lock, relockWaiver: reason))
        } else {
            return nil
        }
        for _ in 0..<50 {
            if let assurance = try LockCommand.view(of: lock, client).relockAssurance { return assurance }
            usleep(200_000)
        }
        return nil
    }
}
