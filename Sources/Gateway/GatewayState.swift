import LockModel

/// `P/gateway/state`, retained: what anyone on the bus may know of the gateway (`bus-reference`, Topics).
struct GatewayStateDocument: Encodable, Equatable {
    var version: String
    var timeTrust: TimeTrust
    var frozen: Bool
    /// Ways a door may open without a grant, each named: `commissioning` until the handover.
    var exceptions: [String]
    var deprecated: [String]
    var startedAt: Timestamp
}
