import ArgumentParser
import Gateway
import Glibc
import LinuxIO

/// `lockbridge init`
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a new gateway: its folder, its keys, and a configuration to edit.",
        discussion: "Nothing that exists is ever overwritten. The keys never leave the folder; back it up with them.")

    @OptionGroup var options: HomeOptions

    @Option(name: .long, help: "The site's time zone, for windows like \"Tuesdays 9 to 12\" (an IANA name).")
    var timeZone: String?

    @Option(name: .long, help: "Who keeps the clock right: kernel (its own word is believed) or host (the machine below keeps it).")
    var clock: String?

    func validate() throws {
        if let clock, Configuration.ClockSource(rawValue: clock) == nil { throw ValidationError("--clock is kernel or host") }
        if let timeZone, !InitCommand.exists(timeZone) {
            throw ValidationError("there is no time zone `\(timeZone)` in /usr/share/zoneinfo")
        }
    }

    func run() throws {
        let home = GatewayHome.standard(flag: options.home)
        do throws(GatewayHome.Failure) {
            let source = clock.flatMap(Configuration.ClockSource.init(rawValue:)) ?? .kernel
            let id = try home.create(timeZone: timeZone ?? InitCommand.localTimeZone(), clock: source)
            Terminal.print("Made gateway \(id) in \(home.path).")
            if source == .kernel && !Clocks.isKernelClockSynchronised() {
                Terminal.print("The kernel does not say that its clock is synchronised: until it does, no command opens a door.")
                Terminal.print("Run a time service (chrony, systemd-timesyncd), or set `clock: host` where the host below keeps the time.")
            }
            Terminal.print("Next: add a bus and an adapter to \(home.configuration), then `lockbridge run`.")
        } catch {
            throw CommandFailure(.failed, "\(error)")
        }
    }

    private static func exists(_ zone: String) -> Bool {
        !zone.hasPrefix("/") && !zone.contains("..") && access("/usr/share/zoneinfo/" + zone, R_OK) == 0
    }

    /// The machine's own zone, by the link every Debian has; UTC without one.
    private static func localTimeZone() -> String {
        guard let resolved = realpath("/etc/localtime", nil) else { return "UTC" }
        defer { free(resolved) }
        let target = String(cString: resolved)
        guard let range = target.range(ofZoneInfo: ()) else { return "UTC" }
        let zone = String(target[range...])
        return exists(zone) ? zone : "UTC"
    }
}

extension String {
    /// Where the zone's name begins in a path below zoneinfo.
    fileprivate func range(ofZoneInfo: Void) -> String.Index? {
        let mark = Array("zoneinfo/".utf8)
        let bytes = Array(utf8)
        guard bytes.count > mark.count else { return nil }
        for start in 0...(bytes.count - mark.count) where Array(bytes[start..<start + mark.count]) == mark {
            return utf8.index(startIndex, offsetBy: start + mark.count)
        }
        return nil
    }
}
