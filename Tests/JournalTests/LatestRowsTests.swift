import LockModel
import Testing

@testable import Journal

@Suite("The rows of a batch")
struct LatestRowsTests {
    private func rows(_ changes: [LedgerChange]...) -> LatestRows {
        LatestRows(
            of: changes.enumerated().map { JournalEntry(record: Sample.record(Int64($0 + 1), .gatewayStopped), changes: $1) })
    }

    private func obligation(_ number: Int64) -> Obligation {
        var obligation = Sample.obligation
        obligation.operation = OperationNumber(number)
        return obligation
    }

    @Test("of several changes of one row only the last is written, in the first one's place")
    func last() {
        let one = GrantUses(grant: Sample.id(1), plain: 1)
        let two = GrantUses(grant: Sample.id(1), plain: 2)
        let other = GrantUses(grant: Sample.id(2), plain: 1)
        #expect(rows([.uses(one)], [.uses(other), .uses(two)]).changes == [.uses(two), .uses(other)])
    }

    @Test("a row that came and went within a batch is removed, for it may have stood there before")
    func gone() {
        #expect(
            rows([.obligation(obligation(5))], [.obligationEnded(OperationNumber(5))]).changes == [.obligationEnded(OperationNumber(5))])
        #expect(
            rows([.alarm(LockAlarm(lock: Sample.front, reason: .relockOverdue))], [.alarmEnded(Sample.front)]).changes == [
                .alarmEnded(Sample.front)
            ])
        #expect(rows([.lockRemoved(Sample.front)], [.lock(Sample.lock)]).changes == [.lock(Sample.lock)])
    }

    @Test("one principal's rows of different tables are different rows")
    func tables() {
        let changes: [LedgerChange] = [
            .principal(Sample.principal), .revocations(ResidentRevocations(resident: Sample.anna)),
            .cursor(EventCursor(principal: Sample.anna)), .grant(Sample.grantEntry), .uses(GrantUses(grant: Sample.id(1))), .commissioned,
        ]
        #expect(rows(changes).changes == changes)
    }

    @Test("the highest operation is told, also when its obligation has ended within the batch")
    func operations() {
        let both = rows([.obligation(obligation(8)), .obligation(obligation(7))], [.obligationEnded(OperationNumber(8))])
        #expect(both.lastOperation == OperationNumber(8))
        #expect(rows([.commissioned]).lastOperation == nil)
    }
}
