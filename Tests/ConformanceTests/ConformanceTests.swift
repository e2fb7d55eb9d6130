import Testing

@testable import Conformance

/// Each run has real processes with real time limits; one at a time leaves them the machine.
@Suite("The kit tells right adapters from wrong ones", .serialized)
struct ConformanceTests {
    @Test("the Python template keeps every rule its lock can be tried for")
    func template() throws {
        let results = try ConformanceKit(adapterFolder: AdapterCopy.template).run(Rule.all)
        #expect(
            results.filter { $0.verdict != .ok }.map(ConformanceReport.line) == [
                "LB-L1-15  unlatch is done at unlatched, or unlocked once it has sprung back … not reached: this lock can't unlatch"
            ])
    }

    @Test("the loopback adapter keeps every rule its locks can be tried for")
    func loopback() throws {
        let results = try ConformanceKit(adapterFolder: AdapterCopy.root + "/adapters/loopback").run(Rule.all)
        let codes = Rule.codes.map(\.id)
        #expect(results.filter { $0.verdict.word == "broken" }.map(ConformanceReport.line) == [])
        #expect(
            results.filter { $0.verdict.word == "notReached" }.map(\.rule.id) == Rule.pairing.map(\.id) + ["LB-L1-14"] + codes + [
                "LB-L3-11"
            ])
    }

    @Test("a seeded fault breaks the rule that is meant for it", arguments: Faults.all)
    func seeded(fault: String, rule: String) throws {
        let copy = try AdapterCopy(fault: fault)
        let meant = try #require(Rule.all.first { $0.id == rule })
        let results = try ConformanceKit(adapterFolder: copy.folder).run([meant])
        #expect(results.map(\.verdict.word) == ["broken"], "\(fault): \(results.map(ConformanceReport.line))")
    }

    @Test("each rule has a fault seeded for it")
    func everyRuleIsProven() {
        #expect(Rule.all.map(\.id).filter { id in !Faults.all.contains { $0.rule == id } } == [])
    }

    @Test("an adapter that goes on without its device is told, not failed: every rule that needs the lock is not reached")
    func withoutStandIn() throws {
        let copy = try AdapterCopy(fault: "none", standIn: ["./nowhere"])
        let results = try ConformanceKit(adapterFolder: copy.folder).run(Rule.all.filter { $0.id == "LB-L1-04" })
        guard case .notReached(let why)? = results.first?.verdict else {
            Issue.record("\(results.map(ConformanceReport.line))")
            return
        }
        #expect(why.hasPrefix("the stand-in was not found: no executable"))
    }
}

@Suite("The rules and their reports")
struct ReportTests {
    private static let results = [
        RuleResult(rule: Rule.all[0], verdict: .ok, milliseconds: 1040),
        RuleResult(rule: Rule.all[1], verdict: .broken("it wrote <noise> & \"more\"\u{1B}"), milliseconds: 3),
        RuleResult(rule: Rule.all[2], verdict: .notReached("no lock"), milliseconds: 0),
    ]

    @Test("rules are numbered from 01 in each level, each number once")
    func numbers() {
        for level in ConformanceLevel.allCases {
            let ids = Rule.all.filter { $0.level == level }.map(\.id).sorted()
            let expected = ids.indices.map { "LB-\(level.rawValue)-\($0 < 9 ? "0" : "")\($0 + 1)" }
            #expect(ids == expected)
        }
    }

    @Test("a level holds the rules below it")
    func levels() {
        #expect(Rule.upTo(.L0).allSatisfy { $0.level == .L0 })
        #expect(Rule.upTo(.L3).count == Rule.all.count)
    }

    @Test("a finding is told in one line, without control characters")
    func lines() {
        #expect(ConformanceReport.line(Self.results[0]) == "LB-L0-01  initialize is answered with the manifest's name and version … ok")
        #expect(ConformanceReport.line(Self.results[1]).hasSuffix("… BROKEN: it wrote <noise> & \"more\""))
        #expect(ConformanceReport.summary(Self.results) == "3 rules: 1 ok, 1 broken, 1 not reached")
    }

    @Test("a JUnit report has a case for each rule, with what was seen escaped")
    func junit() {
        let text = ConformanceReport.junit(Self.results, adapter: "a 1")
        #expect(text.contains(#"<testsuite name="a 1" tests="3" failures="1" errors="0" skipped="1" time="1.043">"#))
        #expect(text.contains(#"><failure message="it wrote &lt;noise&gt; &amp; &quot;more&quot;"/></testcase>"#))
        #expect(text.contains(#"><skipped message="no lock"/></testcase>"#))
    }

    @Test("a folder without a manifest is refused with its name")
    func noManifest() {
        let refusal = #expect(throws: ConformanceRefusal.self) { _ = try ConformanceKit(adapterFolder: "/nowhere") }
        #expect(refusal?.description.hasPrefix("/nowhere/adapter.json:") == true)
    }
}
