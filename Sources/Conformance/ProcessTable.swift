import Glibc
import LinuxIO

/// One process as /proc shows it; its start time tells it from a later one with its number.
struct ProcessEntry: Hashable {
    let pid: Int32
    let startTime: UInt64
    let parent: Int32
    let session: Int32
    let state: Character
    let name: String

    /// Reads the entry, `nil` where there is no such process.
    init?(pid: Int32) {
        guard let text = try? SmallFile.text(at: "/proc/\(pid)/stat"), let open = text.firstIndex(of: "("),
            let close = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 19, let state = fields[0].first, let parent = Int32(fields[1]), let session = Int32(fields[3]),
            let startTime = UInt64(fields[19])
        else { return nil }
        self.pid = pid
        self.startTime = startTime
        self.parent = parent
        self.session = session
        self.state = state
        name = String(text[text.index(after: open)..<close])
    }

    /// Whether it runs now, as the same process.
    var isAlive: Bool {
        guard let now = ProcessEntry(pid: pid) else { return false }
        return now.startTime == startTime && now.state != "Z"
    }

    /// All processes that came from `pid`, itself left out: its children and theirs, and all of its session.
    static func descendants(of pid: Int32) -> [ProcessEntry] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var all: [ProcessEntry] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let number = Int32(name), let process = ProcessEntry(pid: number) { all.append(process) }
        }
        var family: Set<Int32> = [pid]
        var grows = true
        while grows {
            let more = all.filter { !family.contains($0.pid) && (family.contains($0.parent) || $0.session == pid) }
            family.formUnion(more.map(\.pid))
            grows = !more.isEmpty
        }
        return all.filter { family.contains($0.pid) && $0.pid != pid }
    }
}
