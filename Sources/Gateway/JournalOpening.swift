import GatewayCore
import Glibc
import Journal
import LockModel

/// A journal as a start finds it: opened, held against its anchor and verified since its last snapshot.
struct JournalOpening {
    let journal: Journal
    /// What the ledger begins with; of a damaged journal, what can be read.
    let state: LedgerState
    /// Why the gateway comes up frozen; `nil` when all is well.
    let doubt: FreezeCause?

    /// Opens, or makes, a home's journal.
    ///
    /// - Throws: `GatewayHome.Failure.damaged`: it can't even be opened. `JournalFailure.newerFormat`, `.notAJournal`: refuse to start.
    ///   `GatewayHome.Failure`, `JournalFailure`: the disk.
    init(_ home: GatewayHome, keys: JournalKeys, anchor: AnchorFile, reserve: Reserve, snapshots: SnapshotFiles, terms: AuditTerms) throws {
        if access(home.journal, F_OK) != 0 { try PrivateFile.write([], to: home.journal) }
        // A full disk lets no journal open: the reserve is for that too.
        if !reserve.hasRoomBeside { reserve.release() }
        do throws(JournalFailure) {
            journal = try Journal(path: home.journal, keys: keys)
        } catch {
            switch error {
            case .damaged: throw GatewayHome.Failure.damaged("\(error)")
            case .notAJournal where access(home.anchor, F_OK) == 0: throw GatewayHome.Failure.damaged("\(error)")
            case .database, .notAJournal, .newerFormat, .notDurable, .gap, .unwritable: throw error
            }
        }
        var doubt: FreezeCause?
        var sound: LedgerState?
        do {
            doubt = try anchor.doubtAtStart(of: journal)
            if doubt == nil {
                if try journal.rules() != Ledger.rules {
                    try journal.rebuildRows(terms, rules: Ledger.rules)
                    // Copies of rows made by other rules are nothing to begin from.
                    snapshots.removeAll()
                }
                _ = try journal.verifyTail(terms)
                sound = try journal.load()
            }
        } catch JournalFailure.damaged(let record, let what) {
            doubt = .damaged("\(JournalFailure.damaged(record: record, what: what))")
        }
        self.doubt = doubt
        state = sound ?? journal.loadWhatIsLegible()
    }
}
