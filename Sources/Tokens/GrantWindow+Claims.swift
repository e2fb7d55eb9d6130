import LockModel
import WireBytes

extension GrantWindow {
    /// Reads `windows`: 1 to 32, each `{days, from, to}` by the site's clock or `{from, to}` in NumericDate.
    static func list(_ claims: ClaimReader) throws(Unacceptable) -> [GrantWindow]? {
        guard let elements = try claims.objects("windows", 1...32) else { return nil }
        var windows: [GrantWindow] = []
        for element in elements {
            windows.append(
                try window(ClaimReader(element.object, members: ["days", "from", "to"], prefix: element.prefix), element.prefix)
            )
        }
        return windows
    }

    private static func window(_ members: ClaimReader, _ prefix: String) throws(Unacceptable) -> GrantWindow {
        if members.has("days") {
            return .weekly(
                days: try members.required("days", .array(of: .word(), 1...7)),
                fromMinute: try members.required("from", .minuteOfDay),
                toMinute: try members.required("to", .minuteOfDay)
            )
        }
        let (from, to) = (try members.required("from", .time), try members.required("to", .time))
        guard from < to else { throw Unacceptable("\(prefix)from is not before to") }
        return .interval(from: from, to: to)
    }

    /// The window as it is written.
    package var claim: JSONValue {
        switch self {
        case .weekly(let days, let from, let to):
            ["days": .array(days.map { .string($0.rawValue) }), "from": .string(Self.clock(from)), "to": .string(Self.clock(to))]
        case .interval(let from, let to):
            ["from": .integer(from.seconds), "to": .integer(to.seconds)]
        }
    }

    private static func clock(_ minute: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minute / 60)):\(two(minute % 60))"
    }
}
