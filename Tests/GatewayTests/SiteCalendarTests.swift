import LockModel
import Testing

@testable import Gateway

/// Berlin in 2026: clocks go forward on 29 March at 01:00 UTC (02:00 → 03:00) and back on 25 October at 01:00 UTC (03:00 → 02:00).
@Suite("Windows in the site's time")
struct SiteCalendarTests {
    private let berlin = SiteCalendar { instant in
        let forward = Timestamp("2026-03-29T01:00:00.000Z")?.seconds ?? 0
        let back = Timestamp("2026-10-25T01:00:00.000Z")?.seconds ?? 0
        return instant >= forward && instant < back ? 7200 : 3600
    }

    private func open(_ days: [Weekday], _ from: Int, _ to: Int, between start: String, and end: String) throws -> [String] {
        let start = try #require(Timestamp(start))
        let end = try #require(Timestamp(end))
        return berlin.expand([.weekly(days: days, fromMinute: from, toMinute: to)], from: start, until: end).map {
            "\($0.from.description.prefix(16)) \($0.to.description.prefix(16))"
        }
    }

    @Test("Tuesdays nine to twelve follow the clock on the wall across both changes")
    func tuesdays() throws {
        #expect(
            try open([.tue], 540, 720, between: "2026-03-20T00:00:00.000Z", and: "2026-04-01T00:00:00.000Z") == [
                "2026-03-24T08:00 2026-03-24T11:00", "2026-03-31T07:00 2026-03-31T10:00",
            ])
        #expect(
            try open([.tue], 540, 720, between: "2026-10-19T00:00:00.000Z", and: "2026-10-29T00:00:00.000Z") == [
                "2026-10-20T07:00 2026-10-20T10:00", "2026-10-27T08:00 2026-10-27T11:00",
            ])
    }

    @Test("Times in the skipped hour move forward by the skip")
    func skipped() throws {
        let day = ("2026-03-28T12:00:00.000Z", "2026-03-29T12:00:00.000Z")
        #expect(try open([.sun], 135, 165, between: day.0, and: day.1) == ["2026-03-29T01:15 2026-03-29T01:45"])
        #expect(try open([.sun], 60, 150, between: day.0, and: day.1) == ["2026-03-29T00:00 2026-03-29T01:30"])
        #expect(try open([.sun], 150, 240, between: day.0, and: day.1) == ["2026-03-29T01:30 2026-03-29T02:00"])
    }

    @Test("Times in the repeated hour count twice")
    func repeated() throws {
        let day = ("2026-10-24T12:00:00.000Z", "2026-10-25T12:00:00.000Z")
        #expect(
            try open([.sun], 135, 165, between: day.0, and: day.1) == [
                "2026-10-25T00:15 2026-10-25T00:45", "2026-10-25T01:15 2026-10-25T01:45",
            ])
        #expect(try open([.sun], 60, 240, between: day.0, and: day.1) == ["2026-10-24T23:00 2026-10-25T03:00"])
        #expect(try open([.sun], 60, 150, between: day.0, and: day.1) == ["2026-10-24T23:00 2026-10-25T01:30"])
    }

    @Test("A window that ends at or before its start ends on the next day")
    func overnight() throws {
        #expect(
            try open([.fri], 1320, 360, between: "2026-06-01T00:00:00.000Z", and: "2026-06-08T00:00:00.000Z") == [
                "2026-06-05T20:00 2026-06-06T04:00"
            ])
        #expect(
            try open([.fri], 0, 0, between: "2026-06-01T00:00:00.000Z", and: "2026-06-08T00:00:00.000Z") == [
                "2026-06-04T22:00 2026-06-05T22:00"
            ])
    }

    @Test("An overnight window that began before the span still counts in it")
    func begunBefore() throws {
        #expect(
            try open([.fri], 1320, 360, between: "2026-06-06T01:00:00.000Z", and: "2026-06-06T12:00:00.000Z") == [
                "2026-06-06T01:00 2026-06-06T04:00"
            ])
    }

    @Test("Windows that touch or overlap are one stretch")
    func joins() throws {
        let start = try #require(Timestamp("2026-06-01T00:00:00.000Z"))
        let end = try #require(Timestamp("2026-06-03T00:00:00.000Z"))
        let all = berlin.expand(
            [.weekly(days: Weekday.allCases, fromMinute: 0, toMinute: 0), .interval(from: start, to: end)], from: start, until: end)
        #expect(all == [SiteCalendar.Stretch(from: start, to: end)])
    }
}
