import AdapterProtocol
import Glibc
import LinuxIO
import WireBytes

/// What every program needs of the system to run at all, and what a manifest adds to it.
package enum Box {
    /// Programs, libraries, time zones, certificates; nothing that is this site's.
    ///
    /// All of /proc, because a rule for /proc/self alone is forgotten when the kernel forgets that folder, and libdispatch ends a program that can't
    /// read its threads there. What is secret in another's is guarded by the other walls.
    private static let system = [
        "/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives", "/etc/ssl", "/dev/urandom",
        "/proc", "/sys/devices/system/cpu",
    ]
    private static let network = [
        "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/services",
    ]

    /// The walls for a program with these files of its own.
    package static func around(readable: [String], writable: [String] = [], hasNetwork: Bool) -> ProcessBox {
        ProcessBox(
            hasNetwork: hasNetwork, readable: system + libraries + (hasNetwork ? network : []) + readable,
            writable: ["/dev/null"] + writable)
    }

    /// The folders of the libraries this very program runs with: where a Swift runtime lies is not for us to guess.
    private static let libraries: [String] = {
        guard let file = fopen("/proc/self/maps", "r") else { return [] }
        defer { fclose(file) }
        var folders: [String] = []
        var line = [CChar](repeating: 0, count: 4608)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard let start = text.firstIndex(of: "/"), text.contains(".so"), let end = text.lastIndex(of: "/") else { continue }
            let folder = String(text[start..<end])
            if !folder.isEmpty && !folders.contains(folder) { folders.append(folder) }
        }
        return folders
    }()
}

extension InstalledAdapter {
    /// The devices and sockets that the configuration names and the manifest asked for: a value that ends in one of `needs.devices`.
    func devices(in config: JSONObject) -> [String] {
        config.members.compactMap { member in
            guard case .string(let value) = member.value, value.hasPrefix("/") else { return nil }
            return manifest.needs.devices.contains { value == $0 || value.hasSuffix("/" + $0) } ? value : nil
        }
    }

    /// Why the adapter can't have a user of its own, `nil` where it can.
    func whyNoUser(devices: [String]) -> String? {
        if geteuid() != 0 { return "the gateway does not run as root" }
        for path in [program, folder] where !Reach.isOpenToOthers(path) { return "\(path) can be reached by root alone" }
        for path in devices where !Reach.isOpenToOthers(path, writing: true) { return "\(path) can be used by root alone" }
        return nil
    }
}
