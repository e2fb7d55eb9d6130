import AdapterProtocol
import LockModel
import WireBytes

/// What the people of a house are given when its doors are handed over: every door with how it relocks and what was proved, who may open, and how to
/// take that back. Plain text of at most 40 columns, on a terminal and on paper.
struct HandoverSheet: Encodable {
    private static let columns = 40

    struct Access: Encodable {
        let resident: PrincipalID
        let retailer: PrincipalID
        let lock: LockID
        let until: Timestamp
        let usesLeft: Int
        let maxUses: Int
    }

    let gateway: String
    let version: String
    let at: Timestamp
    /// Whether the installer can't unlock any more.
    var handedOver: Bool
    let locks: [LockView]
    let residents: [PrincipalID]
    let others: [Principal]
    let access: [Access]
    let audit: AuditView
    /// What is not in order, or was not proved.
    let openPoints: [String]

    /// Gathers it from the gateway, whose journal is verified whole meanwhile.
    init(_ client: AdminClient) throws {
        let status: StatusView = try client.call(.status, Nothing())
        (gateway, version, at, handedOver) = (status.gateway, status.version, status.clock.wall, status.commissioned)
        locks = try LockCommand.all(client)
        let principals: PrincipalList = try client.call(.principalList, Nothing())
        residents = principals.principals.filter { $0.role == .resident }.map(\.id)
        others = principals.principals.filter { $0.role != .resident }
        access = try GrantCommand.all(client).grants.filter { $0.status != "revoked" && $0.status != "usedUp" && $0.status != "expired" }
            .map {
                Access(
                    resident: $0.grant.resident, retailer: $0.grant.retailer, lock: $0.grant.lock, until: $0.grant.expires,
                    usesLeft: $0.usesLeft, maxUses: $0.grant.maxUses)
            }
        audit = try client.call(.auditVerify, Nothing()) { _, _ in }
        var points = locks.flatMap(Self.points)
        if locks.isEmpty { points.append("No lock was added.") }
        if residents.isEmpty { points.append("No resident is enrolled: nobody can allow anything.") }
        if status.frozen { points.append("The gateway is frozen.") }
        if let warning = ClockCommand.warning(status.clock) { points.append(warning) }
        if !audit.good { points.append("The journal is not in order: \(audit.because ?? "")") }
        openPoints = points
    }

    private static func points(_ lock: LockView) -> [String] {
        var points: [String] = []
        func add(_ text: String) { points.append("\(lock.lock): \(text)") }
        if let alarm = lock.alarm { add("an alarm stands (\(alarm.rawValue)).") }
        if !lock.online { add("it is out of reach.") }
        if lock.online, lock.relockAssurance == nil { add("its relock is doubtful; commands are refused.") }
        if lock.battery.level == .low || lock.battery.level == .critical { add("its battery is \(lock.battery.level.rawValue).") }
        for (result, words) in [(ProvenCase.Result.failed, "FAILED"), (nil, "not tried"), (.notShown, "not shown")] {
            let cases = ProofCase.allCases.filter { each in lock.proof?.first { $0.case == each }?.result == result }
            if !cases.isEmpty { add("\(words): \(cases.map(ProofText.label).joined(separator: ", ")).") }
        }
        if lock.survey?.signal == .weak { add("its signal is weak.") }
        return points
    }

    // MARK: Text

    /// Lines of at most 40 columns.
    var lines: [String] {
        var text = ["HANDOVER SHEET", gateway, "lockbridge \(version)", "\(ProofText.minute(at)) UTC", "", "DOORS"]
        for lock in locks { text += door(lock) }
        text += ["", "WHO MAY OPEN"]
        text.append(handedOver ? "The installer: no more." : "The installer: until the handover.")
        for resident in residents { text.append("\(resident), resident") }
        for other in others { text.append("\(other.id), \(other.role.rawValue)\(other.suspended ? ", suspended" : "")") }
        for each in access {
            text.append(
                "  \(each.retailer) at \(each.lock): allowed by \(each.resident), \(each.usesLeft) of \(each.maxUses) uses, until \(ProofText.minute(each.until))"
            )
        }
        if access.isEmpty { text.append("  No grant yet: no retailer opens.") }
        text += ["", "RECORD"]
        text.append(audit.good ? "\(audit.records) records, unbroken" : "NOT IN ORDER: \(audit.because ?? "")")
        text += ["head, write it down elsewhere:", "  \(audit.head)"]
        text += ["", "TO TAKE BACK"]
        text += [
            "A grant, as the resident:", "  lockbridge token revoke", "  lockbridge grant revoke FILE", "Everything of a retailer:",
            "  lockbridge principal suspend NAME", "A lock:", "  lockbridge unpair NAME", "A waiver:",
            "  lockbridge lock waive-relock NAME --take-back",
        ]
        text += ["", "OPEN POINTS"] + (openPoints.isEmpty ? ["None."] : openPoints.map { "- \($0)" })
        return text.flatMap { WrappedText.lines($0, columns: Self.columns) }
    }

    private func door(_ lock: LockView) -> [String] {
        var text = [lock.lock.text + (lock.title.map { " \"\($0)\"" } ?? "")]
        if let model = lock.model { text.append("  \(model)\(lock.firmware.map { ", firmware \($0)" } ?? "")") }
        text.append("  relock: \(LockCommand.relock(lock.relockAssurance))")
        if let auto = lock.autoRelock, auto.armed { text.append("  auto-relock after \(auto.seconds) s") }
        if let waiver = lock.relockWaiver {
            text.append("  WAIVED: \(waiver)")
            if let mark = lock.waived { text.append("    by \(mark.by), \(ProofText.minute(mark.at))") }
        }
        if let survey = lock.survey {
            let level = survey.rssi.map { ", \($0.median) dBm" } ?? ""
            let signal = survey.hasRadio ? "signal \(survey.signal.rawValue)\(level), " : ""
            text.append("  \(signal)read \(survey.readsSucceeded) of \(survey.readsTried)")
        } else {
            text.append("  signal: not measured")
        }
        return text + ProofText.rows(lock.proof).map { "  \($0.0): \($0.1)" }
    }
}
