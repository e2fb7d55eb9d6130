/// One connection, from its beginning to the controller's word that it is gone.
struct Link {
    enum Phase: Equatable {
        /// The key was given to the controller; nothing else is said.
        case encrypting
        /// GATT agrees on the MTU.
        case opening
        case open
        /// It was told to end.
        case closing
    }

    let number: Int
    let peer: BluetoothAddress
    /// The address it has on this link.
    let airAddress: BluetoothAddress
    /// The wish it fulfils, until it is answered.
    var attempt: ConnectAttempt?
    var phase: Phase
    var security = LinkSecurity.none
    /// When the phase has taken too long.
    var phaseDeadline: Int64?
    var reassembly = L2CAPReassembly()
    var session: GATTSession
    var pairing = PairingMachine()
    var pairingRequest: HostRequestID?
    /// Made, but our half of the keys has not reached the peer yet: one that never got it forgets the bond.
    var unfinishedBond: Bond?
    /// To be ended, with these words, once what was to be said has been given to the controller.
    var leaves: String?
    /// Write commands that wait for room in the controller.
    var marks: Set<HostRequestID> = []
    /// Who asked for its end.
    var closers: [HostRequestID] = []
    /// Somebody holds its number and wants to know of its end.
    var isAnnounced = false
    /// Why we end it, where the controller's reason says only that we did.
    var endWords: String?
    /// Wishes for other parameters; a peer may have so many.
    var parameterWishes = 0

    var deadlines: [Int64?] { [phaseDeadline, session.deadline, attempt?.deadline, pairing.deadline] }
}
