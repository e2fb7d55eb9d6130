import Journal

/// What came of looking through the whole journal.
enum AuditOutcome: Sendable {
    case sound(AuditResult)
    /// It is not as it was written, so the gateway freezes.
    case doubtful(FreezeCause)
    /// It could not be read to the end.
    case failed(JournalFailure)

    /// Follows the chain to its end and holds it against the anchor.
    init(of journal: Journal, anchor: AnchorFile, terms: AuditTerms, progress: (Int64) -> Void) {
        do throws(JournalFailure) {
            let result = try journal.audit(terms, progress: progress)
            if let doubt = try anchor.doubt(of: journal) { self = .doubtful(doubt) } else { self = .sound(result) }
        } catch {
            switch error {
            case .damaged: self = .doubtful(.damaged("\(error)"))
            case .database, .notAJournal, .newerFormat, .notDurable, .gap, .unwritable: self = .failed(error)
            }
        }
    }
}
