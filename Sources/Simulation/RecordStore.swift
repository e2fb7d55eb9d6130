import LockModel

/// The disk under a simulated gateway: what was appended and is still there after a crash.
///
/// The world runs `CommitMachine` and hands each batch to `append` when that machine says `commit`; how long a sync takes is the world's
/// affair, and so is the moment a crash comes. What goes wrong on the disk itself comes as a `DiskFault` with the append it befalls.
///
/// Guarantees an implementation gives: without a fault, `append` is all or nothing and durable on return; `load` is the state after the last
/// durable batch. With faults it may lose the newest batches whole, never a part of one, never one in between; where it can tell that something
/// durable is missing or changed, `load` throws instead, and the gateway starts frozen.
package protocol RecordStore: AnyObject {
    /// The ledger's rows, for a start; opens the disk again after a crash.
    /// - Throws: `.damaged`, `.rolledBack`: the gateway may not open a door on this.
    func load() throws(StoreFailure) -> LedgerState

    /// After `load` threw: what is there all the same, so that a gateway may start frozen and lock what it owes; `nil` where nothing can be read.
    func salvage() -> LedgerState?

    /// Appends a batch with its rows in one transaction.
    /// - Throws: what the fault says. After `.powerLost` the world calls `crash(power: true)`; after any other the gateway freezes and nothing
    ///   is appended until the next start.
    func append(_ batch: [JournalEntry], fault: DiskFault?) throws(StoreFailure)

    /// The process ends without a word; with `power`, the machine too, and what was not synced is gone.
    func crash(power: Bool)

    /// Everything recorded after that number, in order, as it would be read back.
    func records(after number: Int64) throws(StoreFailure) -> [Record]
}

extension RecordStore {
    package func salvage() -> LedgerState? { nil }
}

/// What befalls one append.
package enum DiskFault: Sendable, Codable, Hashable {
    /// No room: an error before anything was written.
    case full
    /// Everything was written and the sync reported an error. `survives`: it is there after the next start all the same.
    case failedSync(survives: Bool)
    /// The power goes while the batch is written, after so many thousandths of its writes. The sync never came.
    case torn(keptThousandths: Int)
    /// The disk says it synced and did not: a power loss before the next honest sync takes this batch too.
    case lostSync
}

/// What a store says when it can't do what was asked.
package enum StoreFailure: Error, Sendable, Equatable {
    /// No room left.
    case full
    /// A write or a sync failed.
    case failed
    /// The power went in the middle of it.
    case powerLost
    /// Something durable reads differently from how it was written.
    case damaged(String)
    /// Records that were acknowledged are missing at the end.
    case rolledBack
}
