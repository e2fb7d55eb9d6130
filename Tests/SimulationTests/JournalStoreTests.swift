import LockModel
import Simulation
import Testing

@Suite("The real journal on a disk in memory")
struct JournalStoreTests {
    private func entry(_ number: Int64) -> JournalEntry {
        JournalEntry(
            record: Record(
                number: number, at: Timestamp(milliseconds: number), bootMilliseconds: number, timeTrust: .untrusted, body: .gatewayStopped),
            changes: [])
    }

    @Test("keeps what it acknowledged, over a crash and over a loss of power")
    func keeps() throws {
        let store = JournalStore()
        #expect(try store.load().lastRecord == 0)
        for number in Int64(1)...12 {
            try store.append([entry(2 * number - 1), entry(2 * number)], fault: nil)
            store.crash(power: number % 2 == 0)
            #expect(try store.load().lastRecord == 2 * number)
        }
        #expect(try store.records(after: 22).map(\.number) == [23, 24])
    }

    @Test(
        "loses a batch whole or not at all",
        arguments: [DiskFault.full, .failedSync(survives: false), .failedSync(survives: true)]
            + [0, 250, 500, 750, 999].map { DiskFault.torn(keptThousandths: $0) })
    func whole(fault: DiskFault) throws {
        let store = JournalStore()
        try store.append([entry(1)], fault: nil)
        #expect(throws: StoreFailure.self) { try store.append([entry(2), entry(3)], fault: fault) }
        store.crash(power: true)
        let last = try store.load().lastRecord
        #expect(last == 1 || last == 3)
        try store.append([entry(last + 1)], fault: nil)
        #expect(try store.load().lastRecord == last + 1)
    }

    @Test("that lied about a sync and lost power freezes the gateway, or has everything")
    func lies() throws {
        var lost = 0
        for length in Int64(1)...8 {
            let store = JournalStore()
            for number in 1...length { try store.append([entry(number)], fault: nil) }
            try store.append([entry(length + 1)], fault: .lostSync)
            for _ in 0..<length { store.crash(power: true) }
            do {
                #expect(try store.load().lastRecord == length + 1)
            } catch StoreFailure.rolledBack {
                lost += 1
            }
        }
        #expect(lost > 0)
    }

    @Test("carries whole lives in which no invariant is broken", arguments: 0..<4)
    func lives(block: UInt64) {
        var batch = Batch(inputs: 400, store: { JournalStore() })
        for seed in (7000 + block * 4)..<(7004 + block * 4) {
            let found = batch.live(seed: seed)
            #expect(found == nil, "lockbridge-sim --store sqlite --seed \(seed) --steps 400: \(found?.violation.description ?? "")")
        }
        #expect(batch.steps > 400)
    }
}
