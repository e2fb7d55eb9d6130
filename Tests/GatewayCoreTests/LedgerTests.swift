import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("The ledger")
struct LedgerTests {
    /// A day with everything in it.
    private func busyWorld() -> World {
        let world = World.home()
        let grant = world.grant()
        world.unlock(grant, openSeconds: 5, delivery: "d-1")
        world.unlock(grant, openSeconds: 5)
        world.seconds(40)
        world.doors[front]?.unlocking = .only(.notSent(.busy))
        world.unlock(grant, delivery: "d-2")
        world.seconds(5)
        world.doors[front]?.unlocking = .silently
        world.unlock(grant, delivery: "d-1")
        world.seconds(2)
        world.send(world.command(.check, by: rival))
        return world
    }

    @Test("folding the records into an empty ledger gives the machine's, and each record's rows add up to it")
    func fold() {
        let world = busyWorld()
        var folded = Ledger(LedgerState(), settings: world.settings, bootMilliseconds: 0)
        var rows = Shelf()
        for record in world.shelf.records {
            rows.write(JournalEntry(record: record, changes: folded.apply(record)))
        }
        let ledger = world.machine.ledger
        #expect(!ledger.obligations.isEmpty && !ledger.uses.isEmpty)
        #expect(folded.principals == ledger.principals)
        #expect(folded.locks == ledger.locks)
        #expect(folded.grants == ledger.grants)
        #expect(folded.grantsOfLock == ledger.grantsOfLock)
        #expect(folded.uses == ledger.uses)
        #expect(folded.obligations == ledger.obligations)
        #expect(folded.cursors == ledger.cursors)
        #expect(folded.isCommissioned && ledger.isCommissioned)
        #expect(folded.lastRecord == ledger.lastRecord)
        #expect(folded.lastOperation == ledger.lastOperation)
        #expect(folded.usedIDs.count == ledger.usedIDs.count)
        #expect(rows.state == world.shelf.state)
        world.checkFold()
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("loading the rows gives the same ledger again")
    func reload() {
        let world = busyWorld()
        let before = world.machine.ledger
        let loaded = Ledger(world.shelf.state, settings: world.settings, bootMilliseconds: world.now)
        #expect(loaded.principals == before.principals)
        #expect(loaded.grants == before.grants)
        #expect(loaded.grantsOfLock == before.grantsOfLock)
        #expect(loaded.uses == before.uses)
        #expect(loaded.obligations == before.obligations)
        #expect(loaded.cursors == before.cursors)
        #expect(loaded.lastOperation == before.lastOperation)
        #expect(loaded.usedIDs.count == before.usedIDs.count)
        for used in world.shelf.state.usedIDs {
            #expect(loaded.usedIDs.find(used.issuer, used.id)?.record == before.usedIDs.find(used.issuer, used.id)?.record)
        }
    }

    @Test("the same inputs at the same instants give the same records, replies and motor runs")
    func deterministic() {
        let (one, other) = (busyWorld(), busyWorld())
        #expect(one.shelf.records == other.shelf.records)
        #expect(one.replies.map(\.reply) == other.replies.map(\.reply))
        #expect(one.drives == other.drives)
    }
}
