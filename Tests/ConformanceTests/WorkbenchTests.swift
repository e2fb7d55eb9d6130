import Conformance
import Testing
import WireBytes

@Suite("The prompt of adapter run")
struct WorkbenchTests {
    private func read(_ text: String, _ known: ShortForm.Known = .init()) throws -> ShortForm {
        var known = known
        return try ShortForm(text, &known)
    }

    @Test("A short form becomes the request, with what was not typed added")
    func operate() throws {
        var known = ShortForm.Known()
        known.ttlMilliseconds["front"] = 2500
        #expect(
            try ShortForm("operate front unlock openSeconds=5", &known)
                == .request(
                    "lock.operate",
                    ["lock": "front", "action": "unlock", "openSeconds": 5, "operation": "run-1", "ttlMilliseconds": 2500]))
        #expect(
            try ShortForm("lock.operate front lock operation=mine ttlMilliseconds=100", &known)
                == .request("lock.operate", ["lock": "front", "action": "lock", "operation": "mine", "ttlMilliseconds": 100]))
        #expect(
            try ShortForm("operate back lock", &known)
                == .request("lock.operate", ["lock": "back", "action": "lock", "operation": "run-2", "ttlMilliseconds": 9000]))
    }

    @Test("Adding a lock takes the stand-in's vendor state, unless one is typed")
    func add() throws {
        var known = ShortForm.Known()
        known.vendorState = ["device": "a"]
        #expect(try read("add front", known) == .request("lock.add", ["lock": "front", "vendorState": ["device": "a"]]))
        #expect(
            try read(#"add front {"device": "b c"}"#, known) == .request("lock.add", ["lock": "front", "vendorState": ["device": "b c"]]))
    }

    @Test(
        "Each form is what it says",
        arguments: [
            ("read front", ShortForm.request("lock.read", ["lock": "front"])),
            (
                "configure front armed=true seconds=30",
                .request("lock.configure", ["lock": "front", "autoRelock": ["armed": true, "seconds": 30]])
            ),
            ("code.set front 3 0042", .request("code.set", ["lock": "front", "slot": 3, "code": "0042"])),
            ("cancel 7", .notification("$/cancel", ["id": 7])), ("health", .request("health", [:])),
            (#"foo.bar {"x": [1, 2]}"#, .request("foo.bar", ["x": [1, 2]])), (#"{"jsonrpc": 1}"#, .raw(#"{"jsonrpc": 1}"#)),
            ("device turn unlock source=keypad slot=2", .hand(["do": "turn", "action": "unlock", "source": "keypad", "slot": 2])),
            ("device set jam=true", .hand(["do": "set", "jam": true])), ("help", .help), ("quit", .quit),
        ])
    func forms(text: String, form: ShortForm) throws { #expect(try read(text) == form) }

    @Test(
        "What is no form is refused with what to type",
        arguments: [("fly", "no `fly`"), ("read", "names a lock"), ("read a b", "too many"), ("device", "state")])
    func mistakes(text: String, says: String) {
        #expect { try read(text) } throws: { "\($0)".contains(says) }
    }

    @Test("Tab finishes methods, locks and actions")
    func completion() {
        var known = ShortForm.Known()
        known.ttlMilliseconds = ["front": 1, "back": 1]
        #expect(ShortForm.completions(of: "oper", known) == ["operate"])
        #expect(ShortForm.completions(of: "operate ", known) == ["back", "front"])
        #expect(ShortForm.completions(of: "operate front unl", known) == ["unlatch", "unlock"])
        #expect(ShortForm.completions(of: "lock.operate front lock op", known) == ["openSeconds=", "operation="])
        #expect(ShortForm.completions(of: "device set d", known) == ["door="])
        #expect(ShortForm.completions(of: "read front ", known) == [])
    }

    private func typed(_ editor: inout LineEditor, _ text: String) -> [LineEditor.Outcome] {
        var reader = KeyReader()
        return reader.take(text.utf8).map { editor.take($0) }
    }

    @Test("A line is edited in its middle, and its history comes back")
    func editing() {
        var editor = LineEditor { _ in [] }
        #expect(typed(&editor, "rad\u{1B}[D\u{1B}[De\u{1B}[F x\r").last == .line("read x"))
        #expect(typed(&editor, "new\u{1B}[A").last == .changed && editor.text == "read x")
        #expect(typed(&editor, "\u{1B}[B").last == .changed && editor.text == "new")
        #expect(typed(&editor, "\u{17}hé\u{7F}i\u{01}\u{0B}").last == .changed && editor.text == "")
        #expect(typed(&editor, "\u{04}") == [.end])
    }

    @Test("Completion puts in what all choices share, and shows them where that is nothing")
    func completing() {
        var editor = LineEditor { text in ["unlatch", "unlock", "lock"].filter { $0.hasPrefix(text) } }
        #expect(typed(&editor, "un\t") == [.changed, .changed, .changed] && editor.text == "unl")
        #expect(typed(&editor, "\t") == [.choices(["unlatch", "unlock"])])
        #expect(typed(&editor, "o\t").last == .changed && editor.text == "unlock ")
    }

    @Test("Keys are read wherever their bytes are cut", arguments: ["é", "\u{1B}[3~", "\u{1B}OH", "a\u{1B}[Ab"])
    func pieces(text: String) {
        var whole = KeyReader()
        let keys = whole.take(text.utf8)
        for cut in 0...text.utf8.count {
            var reader = KeyReader()
            #expect(reader.take(text.utf8.prefix(cut)) + reader.take(text.utf8.dropFirst(cut)) == keys)
        }
    }
}
