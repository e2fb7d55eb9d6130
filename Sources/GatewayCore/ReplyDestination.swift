import LockModel

/// Where the answers to one wish go.
package enum ReplyDestination: Sendable, Codable, Equatable {
    /// A message on a bus.
    case bus(ReplyRoute)
    /// A request on the admin socket, by its ticket.
    case admin(Int64)
}
