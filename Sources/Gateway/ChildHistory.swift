import AdapterHost
import AdapterProtocol
import LockModel

/// What the operator is shown of a child beyond its present state: how often it went down, and why the last time.
struct ChildHistory {
    private var crashes = 0
    private var cause: DownCause?

    mutating func went(_ cause: DownCause) {
        guard cause != .stopped else { return }
        crashes += 1
        self.cause = cause
    }

    private static let namedAtMost = 64

    func view<Kind>(of child: ChildSupervisor, name: String, version: String?, serves: [Name<Kind>]) -> ChildView {
        ChildView(
            name: name, state: word(for: child.state), version: version, pid: child.pid.map(Int.init), restarts: crashes,
            cause: cause?.description, serves: serves.prefix(ChildHistory.namedAtMost).map(\.text), servesCount: serves.count,
            walls: child.walls.names,
            weaknesses: child.weaknesses)
    }

    private func word(for state: ChildSupervisor.State) -> String {
        switch state {
        case .idle: "stopped"
        case .starting: "starting"
        case .up: "up"
        case .stopping: "stopping"
        case .waiting: "down"
        case .quarantined: "quarantined"
        }
    }
}
