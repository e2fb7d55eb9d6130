import LockModel

/// A weekly window as people type it: `tue,fri@09:00-12:00`.
enum WindowText {
    static func parse(_ text: String) throws -> GrantWindow {
        let failure = CommandFailure(.usage, "`\(text)` is no window; write days and hours like tue,fri@09:00-12:00, or all@18:00-20:00")
        let halves = text.split(separator: "@", omittingEmptySubsequences: false)
        guard halves.count == 2 else { throw failure }
        let days = halves[0] == "all" ? Weekday.allCases : halves[0].split(separator: ",").compactMap { Weekday(rawValue: String($0)) }
        guard !days.isEmpty, halves[0] == "all" || days.count == halves[0].split(separator: ",", omittingEmptySubsequences: false).count
        else { throw failure }
        let hours = halves[1].split(separator: "-", omittingEmptySubsequences: false)
        guard hours.count == 2, let from = minute(hours[0]), let to = minute(hours[1]) else { throw failure }
        return .weekly(days: days, fromMinute: from, toMinute: to)
    }

    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hours = Int(parts[0]), let minutes = Int(parts[1]) else {
            return nil
        }
        guard (0..<24).contains(hours), (0..<60).contains(minutes) else { return nil }
        return hours * 60 + minutes
    }
}
