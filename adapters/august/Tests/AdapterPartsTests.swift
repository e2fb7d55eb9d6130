import AdapterKit
import AugustProtocol
import LockModel
import Testing

@testable import AugustAdapter

@Suite("The August adapter's parts")
struct AdapterPartsTests {
    private typealias Told = (change: AugustChanges.Change, source: ChangeSource, actor: ChangeActor?)

    private func change(_ state: AugustState, isBolt: Bool = true) -> AugustChanges.Change {
        AugustChanges.Change(state: state, door: .closed, isBolt: isBolt, at: .now())
    }

    @Test("a key is called wrong after five refusals in a row, and left alone for an hour")
    func keyTrial() throws {
        var trial = AugustKeyTrial()
        let now = ContinuousClock.now
        for _ in 0..<4 { try trial.refused(at: now) }
        try trial.check(at: now)
        trial.taken()
        for _ in 0..<4 { try trial.refused(at: now) }
        #expect(throws: AdapterFailure.self) { try trial.refused(at: now) }
        do {
            try trial.check(at: now + .seconds(3599))
            Issue.record("it is tried again at once")
        } catch {
            #expect(error.code == .credentialRejected && !error.message.isEmpty)
        }
        try trial.check(at: now + .seconds(3600))
        #expect(throws: AdapterFailure.self, "once more, and no oftener") { try trial.refused(at: now + .seconds(3601)) }
        #expect(throws: AdapterFailure.self) { try trial.check(at: now + .seconds(3602)) }
    }

    @Test("each change is told with who made it, by the records read from behind")
    func explaining() {
        var changes = AugustChanges()
        for state in [AugustState.unlocked, .locked] { changes.append(change(state)) }
        changes.append(change(.locked, isBolt: false))
        let records: [AugustActivity] = [
            .code(.unlocked, slot: 3, at: 1), .bolt(.locked, source: .remote, at: 2), .code(.unlocked, slot: 7, at: 3), .door(.open, at: 4),
            .bolt(.locked, source: .auto, at: 5),
        ]
        let told: [Told] = changes.take(explainedBy: records)
        #expect(told.map(\.source) == [.keypad, .auto, .unspecified])
        #expect(told[0].actor == ChangeActor(kind: .keypadUser, ref: "7") && told[1].actor == nil)
        #expect(changes.isEmpty)
    }

    @Test("without records a change is told with nobody named, and the master code has no slot")
    func unexplained() {
        var changes = AugustChanges()
        changes.append(change(.unlocked))
        #expect(changes.take(explainedBy: [.bolt(.locked, source: .manual, at: 1)]).map(\.source) == [.unspecified])
        changes.append(change(.unlocked))
        let told: [Told] = changes.take(explainedBy: [.code(.unlocked, slot: AugustActivity.masterSlot, at: 1)])
        #expect(told[0].actor == ChangeActor(kind: .keypadUser, ref: "master"))
    }

    @Test("of more changes than there is room for, the newest stay")
    func bounded() {
        var changes = AugustChanges()
        for number in 0..<40 { changes.append(change(number == 39 ? .unlatched : .unlocked)) }
        let told: [Told] = changes.take(explainedBy: [])
        #expect(told.count == 16 && told.last?.change.state == .unlatched)
    }

    @Test("an answer is kept for who asks for it, and is no answer to another question")
    func questions() async throws {
        var questions = AugustQuestions()
        let state = try #require(questions.open(until: .now + .seconds(5)) { if case .state = $0 { true } else { false } })
        let door = try #require(questions.open(until: .now + .seconds(5)) { if case .door = $0 { true } else { false } })
        #expect(questions.give(.state(.locked)) && !questions.give(.state(.unlocked)) && !questions.give(.other))
        #expect(try await withCheckedThrowingContinuation { questions.wait(state, $0) } == .state(.locked))
        questions.expire(at: .now + .seconds(6), AdapterFailure(.expired, "late"))
        await #expect(throws: AdapterFailure(.expired, "late")) {
            try await withCheckedThrowingContinuation { questions.wait(door, $0) }
        }
        for _ in 0..<16 { #expect(questions.open(until: .now, { _ in true }) != nil) }
        #expect(questions.open(until: .now, { _ in true }) == nil, "there is no room for another")
    }
}
