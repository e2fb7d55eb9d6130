import AdapterHost
import AdapterProtocol
import LockModel

/// What one adapter wrote lately, and who looks at what it writes and says. A look is over when it answers `false`.
final class AdapterWatchers {
    /// One look more is refused.
    private static let maximumLooks = 32
    private var ring = LogRing()
    private var logLooks: [(AdapterLogLine) -> Bool] = []
    private var traceLooks: [(Bool, [UInt8]) -> Bool] = []
    private weak var child: ChildSupervisor?

    /// - Parameter now: the wall's time.
    init(_ child: ChildSupervisor, now: @escaping () -> Timestamp) {
        self.child = child
        child.onWords = { [weak self] level, text in self?.wrote(AdapterLogLine(at: now(), level: level, text: text)) }
    }

    /// The newest lines it wrote, oldest first.
    var lines: [AdapterLogLine] { ring.lines }

    /// Has each line it writes from now on told.
    /// - Returns: `false` where too many look already.
    func follow(_ look: @escaping (AdapterLogLine) -> Bool) -> Bool {
        guard logLooks.count < AdapterWatchers.maximumLooks else { return false }
        logLooks.append(look)
        return true
    }

    /// Has each line to it (`true`) and from it told.
    /// - Returns: `false` where too many look already.
    func trace(_ look: @escaping (Bool, [UInt8]) -> Bool) -> Bool {
        guard traceLooks.count < AdapterWatchers.maximumLooks else { return false }
        traceLooks.append(look)
        child?.onTraffic = { [weak self] toChild, line in self?.said(toChild, line) }
        return true
    }

    private func wrote(_ line: AdapterLogLine) {
        let kept = ring.add(line)
        logLooks = logLooks.filter { $0(kept) }
    }

    private func said(_ toChild: Bool, _ line: [UInt8]) {
        traceLooks = traceLooks.filter { $0(toChild, line) }
        if traceLooks.isEmpty { child?.onTraffic = nil }
    }
}
