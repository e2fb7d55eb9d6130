import AdapterHost
import AdapterProtocol

/// What the operator is shown of a child beyond its present state: how often it went down, and why the last time.
struct ChildHistory {
    private var crashes = 0
    private var cause: DownCause?

    mutating func went(_ cause: DownCause) {
        guard cause != .stopped else { return }
        crashes += 1
        self.cause = cause
    }

    func view(of child: ChildSupervisor, name: String, version: String?, serves: [String]) -> ChildView {
        ChildView(
            name: name, state: word(for: child.state), version: version, pid: child.pid.map(Int.init), restarts: crashes,
            cause: cause?.description, serves: serves)
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
