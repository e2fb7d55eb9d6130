/// Everything measured, and the table of it.
struct Results {
    private var measurements: [String: [Int: Measurement]] = [:]
    var faults: [String] = []
    var judged: [String: Int] = [:]
    var events: [String: (count: Int, gaps: Int)] = [:]
    var enrolSeconds: Double?
    var readySeconds: [String: Double] = [:]
    var commandsBefore = 0
    var memoryBefore: [String: [(name: String, bytes: Int)]] = [:]
    var memoryBetween: [String: [(name: String, bytes: Int)]] = [:]
    var memoryAfter: [String: [(name: String, bytes: Int)]] = [:]

    var isSound: Bool { faults.isEmpty && events.values.allSatisfy { $0.gaps == 0 } }

    mutating func add(_ one: Measurement, _ name: String, _ window: Int) {
        var sum = measurements[name]?[window] ?? Measurement()
        sum.commands += one.commands
        sum.seconds += one.seconds
        sum.accepted += one.accepted
        sum.unlocked += one.unlocked
        sum.secured += one.secured
        sum.messages += one.messages
        sum.bytes += one.bytes
        sum.add(processor: one.processor)
        measurements[name, default: [:]][window] = sum
    }

    /// Commands measured so far, with those of the warming up.
    func total(_ name: String) -> Int { commandsBefore + (measurements[name] ?? [:]).values.map(\.commands).reduce(0, +) }

    // MARK: - The table

    func printWindow(_ window: Int) {
        for (name, _) in measurements.sorted(by: { $0.key < $1.key }) where name != "nowork" {
            guard let one = measurements[name]?[window] else { continue }
            say("  \(window) in flight: \(name) \(one.perSecond.rounded(to: 0))/s")
        }
    }

    func print(_ arguments: Arguments) {
        heading("throughput and latency (milliseconds from sending the unlock)")
        row(["in flight", "", "commands/s", "accepted p50/p99", "unlocked p50/p99", "secured p50/p99", "messages"])
        for window in arguments.windows {
            for name in ["nowork", "floor", "gateway"] {
                guard let one = measurements[name]?[window] else { continue }
                row([
                    String(window), name, one.perSecond.rounded(to: 0), pair(one.accepted), pair(one.unlocked), pair(one.secured),
                    (Double(one.messages) / Double(one.commands)).rounded(to: 1),
                ])
            }
            if let gateway = measurements["gateway"]?[window], let floor = measurements["floor"]?[window] {
                row([
                    String(window), "ratio", (gateway.perSecond / floor.perSecond).rounded(to: 2), ratio(gateway.accepted, floor.accepted),
                    ratio(gateway.unlocked, floor.unlocked), ratio(gateway.secured, floor.secured), "",
                ])
            }
        }
        processors(arguments)
        memory()
        heading("start")
        for (name, seconds) in readySeconds.sorted(by: { $0.key < $1.key }) {
            say("  \(name): \(arguments.locks) locks read and ready \(seconds.rounded(to: 2)) s after it was started")
        }
        if let enrolSeconds { say("  (enrolling as many locks and grants took \(enrolSeconds.rounded(to: 1)) s)") }
        verdict()
    }

    private func processors(_ arguments: Arguments) {
        heading("processor, milliseconds per 1,000 commands (each with its lock command)")
        let parts = ["core", "bus", "adapter", "responder", "child", "locks", "broker", "load"]
        row(["in flight", "", "tree"] + parts)
        for window in arguments.windows {
            for name in ["nowork", "floor", "gateway"] {
                guard let one = measurements[name]?[window] else { continue }
                let cells = parts.map { one.processor[$0] == nil ? "" : one.perThousand($0).rounded(to: 0) }
                row([String(window), name, tree(one).rounded(to: 0)] + cells)
            }
            if let gateway = measurements["gateway"]?[window], let floor = measurements["floor"]?[window] {
                row([String(window), "ratio", (tree(gateway) / tree(floor)).rounded(to: 2)])
            }
        }
    }

    private func tree(_ one: Measurement) -> Double {
        ["core", "bus", "adapter", "responder", "child"].map(one.perThousand).reduce(0, +)
    }

    private func memory() {
        heading("memory of the tree (PSS, MiB)")
        for (name, before) in memoryBefore.sorted(by: { $0.key < $1.key }) {
            let (first, last) = (sum(before), sum(memoryAfter[name] ?? []))
            var text = "  \(name): \(first.rounded(to: 1)) after \(commandsBefore) commands"
            if let between = memoryBetween[name] {
                text += ", \(sum(between).rounded(to: 1)) after \(commandsBefore * 10) (\(percent(sum(between), first)))"
            }
            say(text + ", \(last.rounded(to: 1)) after \(total(name)) (\(percent(last, first)))")
            say(
                "      at the end: " + (memoryAfter[name] ?? []).map { "\($0.name) \(mebibytes($0.bytes))" }.joined(separator: ", "))
        }
        if let gateway = memoryAfter["gateway"], let floor = memoryAfter["floor"] {
            say("  ratio at the end: \((sum(gateway) / sum(floor)).rounded(to: 1))")
        }
    }

    private func verdict() {
        heading("verdict")
        for (name, count) in judged.sorted(by: { $0.key < $1.key }) {
            say(
                "  \(name): \(count) commands, by the locks' own log \(faults.isEmpty ? "one unlock and one lock each" : "see below")")
        }
        for (name, seen) in events.sorted(by: { $0.key < $1.key }) {
            say("  \(name): \(seen.count) events, \(seen.gaps) gaps in their sequence")
        }
        say(isSound ? "  nothing was lost or doubled" : "  NOT SOUND:")
        for fault in faults.prefix(20) { say("    \(fault)") }
    }

    // MARK: - Cells

    private func heading(_ text: String) { say("\n\(text)") }

    private func row(_ cells: [String]) {
        let widths = [9, 8, 10, 18, 18, 18, 8]
        let isWide = cells.count > 7
        let padded = cells.enumerated().map { index, cell in
            let width = isWide ? (index < 2 ? 9 : 9) : widths[index]
            let blank = String(repeating: " ", count: max(0, width - cell.count))
            return index == 1 ? cell + blank : blank + cell
        }
        say("  " + padded.joined(separator: "  "))
    }

    private func pair(_ values: [Double]) -> String {
        "\(Measurement.percentile(values, 0.5).rounded(to: 2)) / \(Measurement.percentile(values, 0.99).rounded(to: 1))"
    }

    private func ratio(_ values: [Double], _ others: [Double]) -> String {
        func one(_ share: Double) -> String {
            (Measurement.percentile(values, share) / Measurement.percentile(others, share)).rounded(to: 2)
        }
        return "\(one(0.5)) / \(one(0.99))"
    }

    private func sum(_ parts: [(name: String, bytes: Int)]) -> Double { Double(parts.map(\.bytes).reduce(0, +)) / 1_048_576 }
    private func mebibytes(_ bytes: Int) -> String { (Double(bytes) / 1_048_576).rounded(to: 1) }
    private func percent(_ value: Double, _ base: Double) -> String {
        let change = (value / base - 1) * 100
        return (change >= 0 ? "+" : "") + change.rounded(to: 0) + " %"
    }
}

extension Double {
    /// In decimal, with so many places.
    func rounded(to places: Int) -> String {
        guard isFinite else { return "–" }
        var factor = 1.0
        for _ in 0..<places { factor *= 10 }
        let whole = Int64((abs(self) * factor).rounded())
        let sign = self < 0 && whole > 0 ? "-" : ""
        guard places > 0 else { return sign + String(whole) }
        let digits = String(whole)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        return sign + padded.dropLast(places) + "." + padded.suffix(places)
    }
}
