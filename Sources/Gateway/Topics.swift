import LockModel

/// The topics of one gateway on one bus (`bus`, the table).
package struct Topics: Sendable {
    /// What a message below `from/` is, by its topic.
    package struct Incoming: Sendable, Equatable {
        package var principal: PrincipalID
        package var level: String
    }

    private let root: String

    /// `P`: the prefix, the contract's version and the gateway.
    package init(prefix: String, gateway: String) { root = "\(prefix)/v1/\(gateway)" }

    package var availability: String { root + "/gateway/availability" }
    package var state: String { root + "/gateway/state" }
    package func from(_ principal: PrincipalID) -> String { "\(root)/from/\(principal)/+" }
    package func reply(_ principal: PrincipalID) -> String { "\(root)/to/\(principal)/reply" }
    package func event(_ principal: PrincipalID) -> String { "\(root)/to/\(principal)/event" }
    package func lock(_ lock: LockID, _ principal: PrincipalID) -> String { "\(root)/to/\(principal)/lock/\(lock)" }
    package func obligation(_ lock: LockID, _ principal: PrincipalID) -> String { "\(root)/to/\(principal)/obligation/\(lock)" }
    package func challenge(_ principal: PrincipalID) -> String { "\(root)/to/\(principal)/challenge" }
    package func grant(_ grant: TokenID, _ principal: PrincipalID) -> String { "\(root)/to/\(principal)/grant/\(grant)" }

    /// Takes a topic below `from/` apart; `nil` for any other.
    package func incoming(_ topic: String) -> Incoming? {
        let start = root + "/from/"
        guard topic.hasPrefix(start) else { return nil }
        let levels = topic.dropFirst(start.count).split(separator: "/", omittingEmptySubsequences: false)
        guard levels.count == 2, let principal = PrincipalID(String(levels[0])) else { return nil }
        return Incoming(principal: principal, level: String(levels[1]))
    }

    /// A Response Topic is honoured only below the principal's own reply topic, without wildcards.
    package func honouredResponseTopic(_ topic: String?, _ principal: PrincipalID) -> String? {
        guard let topic, topic.hasPrefix(reply(principal) + "/"), topic.utf8.count <= 256 else { return nil }
        return topic.utf8.contains(UInt8(ascii: "+")) || topic.utf8.contains(UInt8(ascii: "#")) ? nil : topic
    }
}
