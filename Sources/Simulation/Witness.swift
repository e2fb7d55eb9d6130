import GatewayCore
import LockModel

/// What is true beside the machines, as far as the invariants need it; what the gateway's records say is kept in `World.shelf`.
struct Witness {
    /// A command somebody truly signed.
    struct Issued {
        let issuer: PrincipalID
        /// Until then it may be acted on, in true time.
        let until: Int64
        /// As it says itself, in wall time.
        let expires: Int64
    }

    /// A grant a resident truly signed.
    struct Granted {
        let lock: LockID
        let retailer: PrincipalID
        /// True wall time.
        let until: Int64
        let maxUses: Int
        let maxEntries: Int
        let minRelock: RelockAssurance?
        let windows: [GrantWindow]?
        /// Unlocks sent under it, per delivery; those without one under `nil`, each of them a use.
        var sent: [String?: Int] = [:]

        var uses: Int { sent.reduce(0) { $0 + ($1.key == nil ? $1.value : 1) } }
    }

    /// An accepted unlock that has not ended.
    struct Open {
        let operation: OperationNumber
        let lock: LockID
        let issuer: PrincipalID?
        let deadline: Int64
    }

    /// One lock, as it truly fares.
    struct Lock {
        /// The last reading the gateway was given over this link.
        var reading: LockReading?
        /// Orders before this one were fenced off.
        var fencedReads: Int64 = 0
        var lastRead: Int64 = 0
        /// Since when nothing stands between the gateway and its bolt.
        var wellSince: Int64?
        /// When the gateway last did something to close it.
        var effort: Int64 = 0
        /// Since when it is taken for closed though it was opened.
        var mistakenSince: Int64?
        var droppedAt: Int64?
        /// How long the unlock under way may last.
        var openSeconds = 0
        /// Its adapter reports a bolt it did not read; nothing can be promised of this lock.
        var isLiedAbout = false
        /// It moved when nothing sent before could move it any more, and has not told yet.
        var movedUnseen = false
        /// When it last moved with nobody to tell the gateway at once.
        var unseenAt: Int64?
    }

    /// What a record answered to a command.
    struct Answer: Hashable {
        let id: TokenID
        let status: ReplyStatus
    }

    /// A retailer that ever had an unlock of a lock accepted.
    struct Customer: Hashable {
        let lock: LockID
        let retailer: PrincipalID
    }

    var issued: [Digest: Issued] = [:]
    /// Who signed what; a stolen id stays its owner's.
    var owners: [TokenID: PrincipalID] = [:]
    /// What durable records answered.
    var answered: Set<Answer> = []
    var granted: [TokenID: Granted] = [:]
    /// Issuers and ids of commands that an unlock was sent for, ever.
    var drivenCommands: Set<TokenID> = []
    /// Unlocks sent, ever, with the time.
    var driven: [OperationNumber: Int64] = [:]
    var open: [Open] = []
    var customers: Set<Customer> = []
    var locks: [LockID: Lock] = [:]
    /// What answers these orders changes nothing any more.
    var fenced: Set<OperationNumber> = []
    /// Until when an answer to an order of this process counts.
    var deadlines: [OperationNumber: Int64] = [:]
    /// Announced to the broker that brought the command, and acknowledged by it.
    var announced: Set<OperationNumber> = []
    /// Unlocks up to this one were accepted before this process.
    var operationsBefore: Int64 = 0
    /// By durable records.
    var revoked: Set<TokenID> = []
    var suspended: Set<PrincipalID> = []
    var isCommissioned = false
    var waived: Set<LockID> = []
    var sequences: [PrincipalID: Int64] = [:]
    /// Alarms that stand by the records.
    var standing: [LockID: AlarmReason] = [:]
    var lastPublished: Int64 = 0
    /// The retained notices as the brokers hold them.
    var retained: [NoticeKey: Bool] = [:]
    /// How wrong the gateway's clock ever was while it was believed.
    var largestError: Int64 = 0
    var crashedAt = Int64.min
    var startedAt: Int64 = 0
    /// How many orders there were before this process; their numbers may come again.
    var drivesBefore = 0
    /// Ends the process after so many more effects; 0 never.
    var dieAfterEffects = 0
    /// The gateway found its disk not to be believed: it opens nothing until it is helped.
    var isLost = false
    /// Only locking is still recorded.
    var isRoomScarce = false

    struct NoticeKey: Hashable {
        let lock: LockID
        let principal: PrincipalID
        let bus: BusName
    }
}
