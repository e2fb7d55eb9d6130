import AdapterProtocol
import ArgumentParser
import LinuxIO
import LockModel
import WireBytes

/// `lockbridge scan`
struct ScanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan", abstract: "Show what is on the air: locks to pair with, locks of this gateway, and how well each is heard.",
        discussion: """
            What a thing is, adapters say (`recognises` in their manifests). --all shows what none of them knows too, the neighbours' devices among it.
            Signal: good from -70 dBm, fair from -82, weak below. With --json a line each time something is new or changes.
            """)
    @OptionGroup var options: HomeOptions
    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "For how long, in seconds, 1 to 600.") var seconds = 15
    @Flag(name: .long, help: "What no adapter recognises too.") var all = false

    func validate() throws {
        guard (1...600).contains(seconds) else { throw ValidationError("--seconds: 1 to 600") }
    }

    func run() throws {
        let client = try AdminClient(home: options.home)
        var finds: [ScanFind] = []
        var block = LiveBlock()
        let begun = Clocks.bootMilliseconds()
        if !output.json { Terminal.print("Listening for \(seconds) s ...") }
        let end: ScanEnd = try client.call(.scan, ScanRequest(seconds: seconds, all: all)) { notification, params in
            guard notification == .found else { return }
            let find = try StrictJSON.decode(ScanFind.self, from: .object(params))
            let before = finds.first { $0.address == find.address }
            finds.removeAll { $0.address == find.address }
            finds.append(before.map { find.keeping($0.name) } ?? find)
            let isNews = before.map { !$0.isSame(as: find.keeping($0.name)) } ?? true
            if output.json {
                if isNews { try Terminal.json(find) }
            } else if block.isDrawn {
                let left = max(0, Int64(seconds) - (Clocks.bootMilliseconds() - begun) / 1000)
                block.draw(finds.sorted().flatMap(\.lines) + ["\(left) s to go"])
            } else if isNews {
                for line in find.lines { Terminal.print(line) }
            }
        }
        guard !output.json else { return }
        block.clear()
        if block.isDrawn { for line in finds.sorted().flatMap(\.lines) { Terminal.print(line) } }
        for lock in end.silent { Terminal.print("\(lock): not heard") }
        if finds.isEmpty { Terminal.print("Nothing that any adapter knows was heard.") }
        if !finds.contains(where: { $0.pairable && $0.lock == nil }) {
            Terminal.print("No lock is ready to pair: put it into pairing mode as its manual says, then scan again.")
        }
    }
}

extension ScanFind: Comparable {
    /// The best heard first, then by address.
    package static func < (left: ScanFind, right: ScanFind) -> Bool {
        (left.rssi == 127 ? 1 : -left.rssi, left.address) < (right.rssi == 127 ? 1 : -right.rssi, right.address)
    }

    /// For a person: its name, what it is, how well it is heard.
    var lines: [String] {
        let strength = rssi == 127 ? "signal unknown" : "\(signal.rawValue), \(rssi) dBm"
        // A maker whom its kind names already is not named again.
        let maker = vendor.flatMap { vendor in what?.hasPrefix(vendor.prefix { $0 != " " }) == true ? nil : vendor }
        return [name ?? address, "  \(kind)"] + (maker.map { ["  by \($0)"] } ?? [])
            + ["  \(strength)\(name == nil ? "" : "  \(address)")"]
    }

    /// What it is and what can be done with it.
    private var kind: String {
        let what = what ?? "unknown"
        if let lock { return "\(what), paired here as \(lock)" }
        return pairable ? "\(what), ready to pair" : what
    }

    /// A name that was heard once stays.
    fileprivate func keeping(_ earlier: String?) -> ScanFind {
        var find = self
        find.name = name ?? earlier
        return find
    }

    /// Whether there is nothing new to tell: the same but for a few dBm.
    fileprivate func isSame(as other: ScanFind) -> Bool {
        var other = other
        other.rssi = rssi
        other.signal = signal
        return self == other
    }
}
