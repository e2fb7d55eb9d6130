import LockModel
import Tokens

/// A token in words, for people who have to decide whether it is what they meant.
enum TokenWords {
    static func lines(_ token: Token) -> [String] {
        switch token {
        case .command(let command): self.command(command)
        case .grant(let token): grant(token.grant)
        case .revocation(let token): revocation(token)
        case .say(let token): ["\(token.envelope.issuer) speaks to gateway \(token.audience)."] + common(token.envelope)
        case .trust(let token): ["\(token.envelope.issuer) sets the trust list of gateway \(token.audience)."] + common(token.envelope)
        }
    }

    private static func command(_ command: CommandToken) -> [String] {
        var lines = ["\(command.envelope.issuer) asks gateway \(command.audience) to \(command.action.rawValue) \(command.lock)."]
        if let seconds = command.openSeconds { lines.append("The door may stay unlocked for \(seconds) s.") }
        if let delivery = command.delivery { lines.append("For delivery \(delivery).") }
        if let grant = command.grant { lines.append("It stands on grant \(grant).") }
        if command.dryRun { lines.append("It is a dry run: nothing opens.") }
        lines.append("Good from \(command.envelope.issuedAt) until \(command.expires).")
        return lines + common(command.envelope)
    }

    private static func grant(_ grant: Grant) -> [String] {
        var lines = [
            "\(grant.resident) allows \(grant.retailer) to \(grant.actions.map(\.rawValue).joined(separator: ", ")) \(grant.lock) at gateway \(grant.gateway)."
        ]
        lines.append(
            "For \(grant.maxUses) use\(grant.maxUses == 1 ? "" : "s"), each with up to \(grant.maxEntries) re-entries, at most \(grant.openSeconds) s unlocked."
        )
        lines.append("From \(grant.notBefore) until \(grant.expires).")
        for window in grant.windows ?? [] {
            switch window {
            case .interval(let from, let to): lines.append("Only from \(from) to \(to).")
            case .weekly(let days, let from, let to):
                lines.append("Only \(days.map(\.rawValue).joined(separator: ", ")) \(clock(from)) to \(clock(to)), the site's time.")
            }
        }
        if let couriers = grant.couriers { lines.append("Only by \(couriers.count) named courier key\(couriers.count == 1 ? "" : "s").") }
        return lines + ["id \(grant.id), hash \(grant.hash.base64URL)"]
    }

    private static func revocation(_ token: RevocationToken) -> [String] {
        var lines = ["\(token.envelope.issuer) takes back:"]
        lines += token.grants.map { "grant \($0)" }
        lines += token.retailers.map { "everything allowed to \($0)" }
        if let all = token.allBefore { lines.append("everything allowed up to number \(all)") }
        return lines + common(token.envelope)
    }

    private static func common(_ envelope: TokenEnvelope) -> [String] {
        ["id \(envelope.id), signed with \(envelope.algorithm.rawValue) key \(envelope.keyID)"]
    }

    private static func clock(_ minute: Int) -> String {
        let (hours, minutes) = (minute / 60, minute % 60)
        return (hours < 10 ? "0" : "") + "\(hours):" + (minutes < 10 ? "0" : "") + "\(minutes)"
    }
}
