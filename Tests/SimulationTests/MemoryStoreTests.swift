import LockModel
import Simulation
import Testing

@Suite("A disk in memory")
struct MemoryStoreTests {
    private func entry(_ number: Int64) -> JournalEntry {
        JournalEntry(
            record: Record(
                number: number, at: Timestamp(milliseconds: number), bootMilliseconds: number, timeTrust: .trusted, body: .gatewayStopped),
            changes: [])
    }

    @Test("keeps what it acknowledged, over a crash and over a loss of power")
    func keeps() throws {
        let store = MemoryStore()
        try store.append([entry(1), entry(2)], fault: nil)
        store.crash(power: true)
        #expect(try store.load().lastRecord == 2)
        #expect(try store.records(after: 1).map(\.number) == [2])
    }

    @Test(
        "loses a batch whole or not at all",
        arguments: [DiskFault.full, .failedSync(survives: false), .failedSync(survives: true), .torn(keptThousandths: 999)])
    func whole(fault: DiskFault) throws {
        let store = MemoryStore()
        try store.append([entry(1)], fault: nil)
        #expect(throws: StoreFailure.self) { try store.append([entry(2), entry(3)], fault: fault) }
        store.crash(power: true)
        #expect(try store.load().lastRecord == (fault == .failedSync(survives: true) ? 3 : 1))
    }

    @Test("that lied about a sync says after a loss of power that something is missing, and not after a crash")
    func lies() throws {
        let store = MemoryStore()
        try store.append([entry(1)], fault: .lostSync)
        store.crash(power: false)
        #expect(try store.load().lastRecord == 1)
        try store.append([entry(2)], fault: .lostSync)
        try store.append([entry(3)], fault: nil)
        store.crash(power: true)
        #expect(try store.load().lastRecord == 3)
        try store.append([entry(4)], fault: .lostSync)
        store.crash(power: true)
        #expect(throws: StoreFailure.rolledBack) { try store.load() }
    }
}
