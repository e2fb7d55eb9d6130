import WireBytes

/// A run in a form for people or programs.
public enum ConformanceReport {
    /// One line for a rule: `LB-L1-03  same operation twice: one motor move … ok`.
    public static func line(_ result: RuleResult) -> String {
        let head = "\(result.rule.id)  \(result.rule.title) … "
        return switch result.verdict {
        case .ok: head + "ok"
        case .broken(let seen): head + "BROKEN: \(visible(seen))"
        case .notReached(let why): head + "not reached: \(visible(why))"
        }
    }

    /// The last line: what came out, and the level it proves.
    public static func summary(_ results: [RuleResult]) -> String {
        let (ok, broken, notReached) = counts(results)
        return "\(results.count) rules: \(ok) ok, \(broken) broken, \(notReached) not reached"
    }

    /// The whole run as one JSON object: `{adapter, ok, broken, notReached, rules: [{id, level, title, result, detail?, milliseconds}]}`.
    public static func json(_ results: [RuleResult], adapter: String) -> String {
        let (ok, broken, notReached) = counts(results)
        let rules = results.map { result in
            var row: JSONObject = [
                "id": .string(result.rule.id), "level": .string(result.rule.level.rawValue), "title": .string(result.rule.title),
                "result": .string(result.verdict.word),
            ]
            if let detail = result.verdict.detail { row["detail"] = .string(detail) }
            row["milliseconds"] = .integer(result.milliseconds)
            return JSONValue.object(row)
        }
        let report: JSONObject = [
            "adapter": .string(adapter), "ok": .integer(Int64(ok)), "broken": .integer(Int64(broken)),
            "notReached": .integer(Int64(notReached)), "rules": .array(rules),
        ]
        return String(decoding: (try? StrictJSON.encode(JSONValue.object(report))) ?? [], as: UTF8.self)
    }

    /// The whole run as JUnit XML: one test case for each rule; what is not reached is skipped.
    public static func junit(_ results: [RuleResult], adapter: String) -> String {
        let (_, broken, notReached) = counts(results)
        let time = seconds(results.reduce(0) { $0 + $1.milliseconds })
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<testsuite name=\"\(escaped(adapter))\" tests=\"\(results.count)\" failures=\"\(broken)\" errors=\"0\" "
        text += "skipped=\"\(notReached)\" time=\"\(time)\">\n"
        for result in results {
            text += "  <testcase classname=\"\(result.rule.level.rawValue)\" name=\"\(escaped("\(result.rule.id) \(result.rule.title)"))\" "
            text += "time=\"\(seconds(result.milliseconds))\""
            switch result.verdict {
            case .ok: text += "/>\n"
            case .broken(let seen): text += "><failure message=\"\(escaped(seen))\"/></testcase>\n"
            case .notReached(let why): text += "><skipped message=\"\(escaped(why))\"/></testcase>\n"
            }
        }
        return text + "</testsuite>"
    }

    private static func counts(_ results: [RuleResult]) -> (ok: Int, broken: Int, notReached: Int) {
        let words = results.map(\.verdict.word)
        return (words.count { $0 == "ok" }, words.count { $0 == "broken" }, words.count { $0 == "notReached" })
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        let rest = String(milliseconds % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }

    private static func escaped(_ text: String) -> String {
        var safe = ""
        for character in visible(text) {
            switch character {
            case "&": safe += "&amp;"
            case "<": safe += "&lt;"
            case ">": safe += "&gt;"
            case "\"": safe += "&quot;"
            default: safe.append(character)
            }
        }
        return safe
    }

    /// An adapter's words may stand in a finding: without control characters.
    private static func visible(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.generalCategory != .control }))
    }
}

extension Verdict {
    /// `ok`, `broken` or `notReached`.
    public var word: String {
        switch self {
        case .ok: "ok"
        case .broken: "broken"
        case .notReached: "notReached"
        }
    }

    /// What was seen, or why it was not reached.
    public var detail: String? {
        switch self {
        case .ok: nil
        case .broken(let seen): seen
        case .notReached(let why): why
        }
    }
}
