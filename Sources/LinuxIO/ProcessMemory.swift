import Glibc

/// What a process holds of the machine's memory, for limits that the kernel does not keep (an address-space limit stops
/// runtimes that reserve much and use little).
package enum ProcessMemory {
    /// Resident bytes of a process now (the second field of /proc/PID/statm, in pages).
    ///
    /// - Returns: nil when the process has gone, also while it waits to be reaped.
    package static func residentBytes(of pid: Int32) -> Int? {
        guard let text = try? SmallFile.text(at: "/proc/\(pid)/statm") else { return nil }
        let fields = text.split(separator: " ")
        guard fields.count >= 2, let pages = Int(fields[1]), pages > 0 else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
