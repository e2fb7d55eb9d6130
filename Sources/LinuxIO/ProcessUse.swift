import Glibc

/// What a child and everything it has started hold of the machine, for limits that the kernel does not keep: an address-space limit stops runtimes that
/// reserve much and use little, and limits of one process are no limit for one that forks.
package struct ProcessUse: Sendable, Equatable {
    /// Resident memory, in bytes; shared pages count for each process.
    package var residentBytes = 0
    /// Processor time of the processes that live now, in milliseconds.
    package var processorMilliseconds: Int64 = 0
    /// How many they are; those that ended and wait to be reaped are not counted.
    package var processes = 0

    /// The use of a child's session, and of every process of its user where it has one of its own (`/proc/PID/stat`, proc(5)).
    package static func ofChild(_ pid: Int32, user: UInt32? = nil) -> ProcessUse {
        var use = ProcessUse()
        guard let folder = opendir("/proc") else { return use }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard let number = Int32(name), let stat = try? SmallFile.text(at: "/proc/\(name)/stat") else { continue }
            use.add(stat, where: { session in session == pid || number == pid || user.map { owner(of: name) == $0 } ?? false })
        }
        return use
    }

    /// Adds one process by its line, if it is one of those.
    private mutating func add(_ stat: String, where isOne: (Int32) -> Bool) {
        // The name, in parentheses, may hold anything; what follows its last one is numbers: state, parent, group, session …
        guard let end = stat.lastIndex(of: ")") else { return }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 21, fields[0] != "Z", let session = Int32(fields[3]), isOne(session) else { return }
        processes += 1
        residentBytes += (Int(fields[21]) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
        processorMilliseconds += ((Int64(fields[11]) ?? 0) + (Int64(fields[12]) ?? 0)) * 1000 / Int64(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func owner(of name: String) -> UInt32? {
        var info = stat()
        return stat("/proc/" + name, &info) == 0 ? info.st_uid : nil
    }
}
