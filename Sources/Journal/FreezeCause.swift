/// Why the gateway is frozen: it opens nothing, and locks what is open.
package enum FreezeCause: Error, Equatable, CustomStringConvertible {
    /// The journal ends before the record its anchor knows of.
    case rolledBack(anchored: Int64, found: Int64)
    /// The journal has another head at the record its anchor knows of.
    case rewritten(anchored: Int64)
    /// There are records, and no anchor, though there was one.
    case anchorMissing(found: Int64)
    /// The anchor is not this gateway's.
    case anchorForged
    case anchorUnreadable(String)
    /// A record, or a row made from records, is not as it was written.
    case damaged(String)
    /// The disk is full but for the reserve, which is for relocks and alarms.
    case reserveInUse
    /// Records can't be written any more.
    case writeFailed(String)

    package var description: String {
        switch self {
        case .rolledBack(let anchored, let found):
            "the journal was rolled back: \(anchored) records were written, and it has \(found)"
        case .rewritten(let anchored):
            "the journal was rewritten: its record \(anchored) is not the one that was written"
        case .anchorMissing(let found): "the journal has \(found) records, and the file `anchor` that vouches for them is missing"
        case .anchorForged: "the file `anchor` is not signed by this gateway"
        case .anchorUnreadable(let why): "the file `anchor` can't be read: \(why)"
        case .damaged(let what): "the journal is damaged: \(what)"
        case .reserveInUse: "the disk is full, and the journal's reserve is in use"
        case .writeFailed(let what): "the journal can't be written: \(what)"
        }
    }

    /// What the operator does about it.
    package var remedy: String {
        switch self {
        case .rolledBack, .rewritten, .anchorMissing, .anchorForged, .anchorUnreadable:
            """
            Stop the gateway and put the newest journal and its anchor back. If there is none, `lockbridge audit accept` takes this one as it is: \
            what it has forgotten (revocations, uses, commands already obeyed) stays forgotten.
            """
        case .damaged: "Stop the gateway and put a sound copy of the journal back, then `lockbridge audit accept`."
        case .reserveInUse: "Make room on the disk; the gateway opens again by itself within a minute."
        case .writeFailed: "See to the disk, then start the gateway again."
        }
    }
}
