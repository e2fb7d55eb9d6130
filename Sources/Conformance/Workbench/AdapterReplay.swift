import AdapterProtocol
import LinuxIO
import LockModel
import WireBytes

/// Says a recording's requests again, in their order, to the adapter as it is now, and tells what comes out differently.
///
/// Each line is sent when all that was answered before it then is answered now. Ids, times and log epochs are no difference; nor is what the
/// adapter writes to its standard error.
package struct AdapterReplay {
    /// Something that is not as it was.
    package struct Difference: Equatable, Sendable {
        /// What it is about: a request with its place, or a kind of unasked line.
        package var what: String
        /// As recorded; `nil` where it is new.
        package var was: String?
        /// As it is now; `nil` where it is missing.
        package var now: String?
    }

    private static let answerMilliseconds: Int64 = 45_000
    private static let noticeMilliseconds: Int64 = 3000
    private let recording: [RecordedLine]

    package init(_ recording: [RecordedLine]) { self.recording = recording }

    /// Replays on a fresh adapter that was not greeted, and ends it.
    /// - Throws: ``ConformanceRefusal`` where the stand-in does not answer, or this machine has not what it takes.
    package func run(on bench: AdapterBench) throws -> [Difference] {
        let heard = Heard()
        bench.onLine = { line, _ in heard.lines.append(line) }
        var ids: [RequestID: RequestID] = [:]
        var answeredThen: [RequestID] = []
        var noticesThen = 0
        var isShutDown = false
        for line in recording {
            if line.from == .adapter, let object = line.object {
                if let id = Self.id(of: object), object["method"] == nil { answeredThen.append(id) }
                if Self.isNotice(object) { noticesThen += 1 }
                continue
            }
            guard line.from == .core || line.from == .hand else { continue }
            for id in answeredThen { if let new = ids[id] { try bench.wait(for: new, milliseconds: Self.answerMilliseconds) } }
            answeredThen = []
            try bench.wait(milliseconds: Self.noticeMilliseconds) { heard.notices >= noticesThen }
            if line.from == .hand {
                if let object = line.object { try bench.touch(object) }
            } else if let object = line.object, object["method"] == nil {
                continue
            } else {
                if line.object?["method"] == "shutdown" { isShutDown = true }
                try say(line, on: bench, &ids)
            }
        }
        for new in ids.values { try bench.wait(for: new, milliseconds: Self.answerMilliseconds) }
        try bench.wait(milliseconds: Self.noticeMilliseconds) { heard.notices >= noticesThen }
        try bench.end()
        // A recording that was cut has no shutdown, and its end here is no difference.
        let now = isShutDown ? heard.lines : heard.lines.filter { $0.from != .core || $0.object?["method"] != "shutdown" }
        return Self.differences(recording, now)
    }

    private final class Heard {
        var lines: [RecordedLine] = []
        var notices: Int { lines.count { $0.from == .adapter && $0.object.map(AdapterReplay.isNotice) ?? false } }
    }

    private func say(_ line: RecordedLine, on bench: AdapterBench, _ ids: inout [RequestID: RequestID]) throws {
        guard let object = line.object, let method = object["method"]?.string, object["jsonrpc"] == "2.0" else {
            switch line.content {
            case .text(let text): bench.sendRaw(text)
            case .line(let object): bench.sendRaw(String(decoding: try StrictJSON.encode(JSONValue.object(object)), as: UTF8.self))
            }
            return
        }
        var params = object["params"]?.object ?? [:]
        guard let id = Self.id(of: object) else {
            if method == Method.cancel.rawValue, let then = Self.id(of: params), case .number(let new)? = ids[then] {
                params["id"] = .integer(new)
            }
            return bench.notify(method, params)
        }
        ids[id] = method == Method.initialize.rawValue ? try bench.sendGreeting() : bench.request(method, params)
    }

    // MARK: - Comparing

    static func differences(_ then: [RecordedLine], _ now: [RecordedLine]) -> [Difference] {
        var found: [Difference] = []
        let (before, after) = (questions(then), questions(now))
        for index in 0..<max(before.count, after.count) {
            let (was, is_) = (index < before.count ? before[index] : nil, index < after.count ? after[index] : nil)
            guard was?.answer != is_?.answer else { continue }
            found.append(Difference(what: "request \(index + 1), \(was?.said ?? is_?.said ?? "")", was: was?.answer, now: is_?.answer))
        }
        let (unaskedThen, unaskedNow) = (unasked(then), unasked(now))
        for method in Set(unaskedThen.keys).union(unaskedNow.keys).sorted() {
            let (was, is_) = (unaskedThen[method] ?? [], unaskedNow[method] ?? [])
            for index in 0..<max(was.count, is_.count) {
                let (old, new) = (index < was.count ? was[index] : nil, index < is_.count ? is_[index] : nil)
                if old != new { found.append(Difference(what: "\(method) \(index + 1)", was: old, now: new)) }
            }
        }
        return found
    }

    /// Each request of the core's with its answer.
    private static func questions(_ lines: [RecordedLine]) -> [(said: String, answer: String?)] {
        var answers: [RequestID: String] = [:]
        for line in lines where line.from == .adapter {
            guard let object = line.object, object["method"] == nil, let id = id(of: object) else { continue }
            answers[id] = text(object["result"] ?? object["error"] ?? .null)
        }
        return lines.compactMap { line in
            guard line.from == .core, let object = line.object, let method = object["method"]?.string, let id = id(of: object) else {
                return nil
            }
            // The configuration is the stand-in's, in a folder of its own each time.
            let params = method == Method.initialize.rawValue ? "" : " " + text(object["params"] ?? [:])
            return (method + params, answers[id])
        }
    }

    /// What the adapter said of its own accord, what it asked, and what the device answered, each in its order.
    private static func unasked(_ lines: [RecordedLine]) -> [String: [String]] {
        var said: [String: [String]] = [:]
        for line in lines {
            guard let object = line.object else { continue }
            if line.from == .adapter, let method = object["method"]?.string {
                said[method, default: []].append(text(object["params"] ?? [:]))
            } else if line.from == .device {
                said["device", default: []].append(text(.object(object)))
            }
        }
        return said
    }

    private static func isNotice(_ object: JSONObject) -> Bool { object["method"] != nil && id(of: object) == nil }

    private static func id(of object: JSONObject) -> RequestID? {
        switch object["id"] {
        case .integer(let number)?: .number(number)
        case .string(let text)?: .text(text)
        default: nil
        }
    }

    private static func text(_ value: JSONValue) -> String {
        String(decoding: (try? StrictJSON.encode(timeless(value))) ?? [], as: UTF8.self)
    }

    /// The value without its times and epochs, its members in the order of their names.
    private static func timeless(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object):
            .object(
                JSONObject(
                    object.members.filter { !$0.value.isNull }.sorted { $0.key < $1.key }
                        .map { ($0.key, $0.key == "epoch" ? "…" : timeless($0.value)) }))
        case .array(let array): .array(array.map(timeless))
        case .string(let text): Timestamp(text) == nil ? value : "…"
        case .null, .bool, .integer: value
        }
    }
}
