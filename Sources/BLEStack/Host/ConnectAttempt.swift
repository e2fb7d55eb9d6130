/// A wish for a link that is not fulfilled yet.
struct ConnectAttempt {
    let id: HostRequestID
    let wish: ConnectWish
    let deadline: Int64
}

/// The one attempt the controller is at.
struct Initiation {
    enum Phase: Equatable {
        /// The command is under way.
        case asked
        /// The controller tries.
        case trying
        /// It was told to stop, and has still to say so, or that it was too late.
        case stopping
    }

    let peer: BluetoothAddress
    /// The address it has on the air now.
    let target: BluetoothAddress
    var phase: Phase
    /// When trying it makes room for another, or stopping has taken too long.
    var deadline: Int64?
    /// To be stopped as soon as that is possible.
    var isUnwanted = false
}
