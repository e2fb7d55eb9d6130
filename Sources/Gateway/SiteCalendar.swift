import Glibc
import LockModel

/// The site's local time: expands weekly windows to instants (`trust`, Time).
///
/// The process runs with TZ set to the site's zone before any thread starts; the C library's zone data is the only source. A window is half-open, and one whose end is not
/// after its start ends on the next day. Times in a skipped hour move forward by the length of the skip; times in a repeated hour count twice. The rules are RFC 5545's (section 3.3.5)
/// but for the last.
struct SiteCalendar: Sendable {
    /// A stretch of time, half-open.
    struct Stretch: Equatable, Sendable {
        var from: Timestamp
        var to: Timestamp
    }

    private static let day: Int64 = 86_400

    /// Seconds that local time is ahead of UTC at an instant, in seconds since the epoch.
    private let offset: @Sendable (Int64) -> Int64

    /// The zone this process runs in.
    static let site = SiteCalendar { instant in
        var time = time_t(instant)
        var local = tm()
        return localtime_r(&time, &local) == nil ? 0 : Int64(local.tm_gmtoff)
    }

    /// A calendar by its offsets.
    init(offset: @escaping @Sendable (Int64) -> Int64) { self.offset = offset }

    /// Every stretch in which one of the windows is open, from an instant until another; in order, joined where they touch.
    func expand(_ windows: [GrantWindow], from: Timestamp, until: Timestamp) -> [Stretch] {
        let all = windows.flatMap { window -> [Stretch] in
            switch window {
            case .interval(let start, let end): [Stretch(from: start, to: end)]
            case .weekly(let days, let start, let end): weekly(days, start, end, from, until)
            }
        }
        return Self.joined(all.compactMap { Self.cut($0, from, until) })
    }

    // MARK: Days

    private func weekly(_ days: [Weekday], _ fromMinute: Int, _ toMinute: Int, _ from: Timestamp, _ until: Timestamp) -> [Stretch] {
        let first = localDay(from.seconds) - 1
        let last = localDay(until.seconds)
        guard first <= last else { return [] }
        var found: [Stretch] = []
        for date in first...last where days.contains(Self.weekday(date)) {
            let start = date * Self.day + Int64(fromMinute) * 60
            let endDate = toMinute > fromMinute ? date : date + 1
            found += stretches(start: start, end: endDate * Self.day + Int64(toMinute) * 60)
        }
        return found
    }

    /// The stretches between two local times; two when both stand in a repeated hour.
    private func stretches(start: Int64, end: Int64) -> [Stretch] {
        let starts = instants(ofLocal: start)
        let ends = instants(ofLocal: end)
        if starts.count == 2 && ends.count == 2 && ends[0] > starts[0] && ends[0] <= starts[1] {
            return zip(starts, ends).map { Stretch(from: Timestamp(seconds: $0), to: Timestamp(seconds: $1)) }
        }
        guard let from = starts.first, let to = ends.last, from < to else { return [] }
        return [Stretch(from: Timestamp(seconds: from), to: Timestamp(seconds: to))]
    }

    /// The instants at which clocks on the wall show a local time: one, two in a repeated hour; in a skipped one, the time moved forward by the skip.
    private func instants(ofLocal local: Int64) -> [Int64] {
        let before = offset(local - offset(local) - Self.day)
        let after = offset(local - offset(local) + Self.day)
        let candidates = Set([before, after, offset(local)]).map { local - $0 }.filter { $0 + offset($0) == local }.sorted()
        return candidates.isEmpty ? [local - before] : candidates
    }

    private func localDay(_ instant: Int64) -> Int64 {
        let local = instant + offset(instant)
        return local >= 0 ? local / Self.day : (local - Self.day + 1) / Self.day
    }

    /// Day 0, 1970-01-01, was a Thursday.
    private static func weekday(_ day: Int64) -> Weekday { Weekday.allCases[Int(((day + 3) % 7 + 7) % 7)] }

    // MARK: Stretches

    private static func cut(_ stretch: Stretch, _ from: Timestamp, _ until: Timestamp) -> Stretch? {
        let cut = Stretch(from: max(stretch.from, from), to: min(stretch.to, until))
        return cut.from < cut.to ? cut : nil
    }

    private static func joined(_ stretches: [Stretch]) -> [Stretch] {
        var joined: [Stretch] = []
        for stretch in stretches.sorted(by: { $0.from < $1.from }) {
            if let last = joined.last, stretch.from <= last.to {
                joined[joined.count - 1].to = max(last.to, stretch.to)
            } else {
                joined.append(stretch)
            }
        }
        return joined
    }
}
