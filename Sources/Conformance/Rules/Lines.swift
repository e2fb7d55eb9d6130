import AdapterProtocol
import WireBytes

extension Rule {
    /// What stands on a line (`adapters-reference`, Lines and ids).
    static let lines = [
        Rule("LB-L0-10", .L0, "a line of 65,536 bytes is taken") { trial in
            let process = try trial.greeted()
            let bare = Array(#"{"jsonrpc":"2.0","id":"long","method":"health","params":{"padding":""}}"#.utf8)
            let padding = String(repeating: "x", count: LineCodec.maximumBytes - bare.count)
            let id = process.send("health", .object(["padding": .string(padding)]), id: .text("long"))
            _ = try process.answer(to: id, withinMilliseconds: 2000)
        },
        Rule("LB-L0-11", .L0, "containers nested 16 deep are taken") { trial in
            let process = try trial.greeted()
            // The line and params are two of them.
            let nest = (0..<14).reduce(JSONValue.integer(1)) { inner, _ in .array([inner]) }
            try process.result("health", .object(["nest": nest]))
        },
        Rule("LB-L0-12", .L0, "an id comes back as it was: number or text, in any script") { trial in
            let process = try trial.greeted()
            let longest = String(repeating: "i", count: RequestID.maximumTextBytes)
            let ids: [RequestID] = [.number(0), .number(StrictJSON.largestInteger), .text("7"), .text("ключ-鍵 \"\\\n"), .text(longest)]
            for id in ids { process.send("health", id: id) }
            for id in ids { _ = try process.answer(to: id, withinMilliseconds: 2000) }
        },
        Rule("LB-L0-13", .L0, "absent and null mean the same, and unknown members are ignored") { trial in
            let process = try trial.greeted()
            try process.result("health", nil)
            try process.result("health", .null)
            try process.result("health", .object(["unknown": ["a", nil, .object(["b": true])]]))
            let id = process.sendHealth(#"{"unknown":[1],"params":{},"method":"health","id":"x","jsonrpc":"2.0"}"#, id: "x")
            _ = try process.answer(to: id, withinMilliseconds: 2000)
        },
        Rule("LB-L0-14", .L0, "text beyond ASCII and escapes are taken") { trial in
            let process = try trial.greeted()
            try process.result("health", .object(["text": "Tür — 門 — 🚪 — \u{0} \u{1F} \u{2028}"]))
            let line = #"{"jsonrpc":"2.0","id":"e","method":"health","params":{"t":"\ud83d\udeaa\u0000\/"}}"#
            let id = process.sendHealth(line, id: "e")
            _ = try process.answer(to: id, withinMilliseconds: 2000)
        },
        Rule("LB-L0-15", .L0, "a line may come in pieces, and many in one piece") { trial in
            let process = try trial.greeted()
            let first = process.send("health")
            _ = try process.answer(to: first, withinMilliseconds: 2000)
            process.writePiece(Array(#"{"jsonrpc":"2.0","id":"p","me"#.utf8))
            try trial.stage.pass(milliseconds: 30)
            process.writePiece(Array("thod\":\"health\"}\n".utf8))
            _ = try process.answer(to: process.sendHealth(id: "p"), withinMilliseconds: 2000)
            let many = (0..<50).map { #"{"jsonrpc":"2.0","id":"m\#($0)","method":"health"}"# + "\n" }.joined()
            let ids = (0..<50).map { process.sendHealth(id: "m\($0)") }
            process.writePiece(Array(many.utf8))
            for id in ids { _ = try process.answer(to: id, withinMilliseconds: 2000) }
        },
    ]
}
