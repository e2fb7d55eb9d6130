import AdapterProtocol

extension Rule {
    /// How an adapter begins (`adapters-reference`, Life of a process).
    static let greeting = [
        Rule("LB-L0-01", .L0, "initialize is answered with the manifest's name and version") { trial in
            let process = try trial.start()
            let result = try process.result("initialize", try trial.greeting(), withinMilliseconds: 10_000)
            let manifest = trial.installed.manifest
            try expect(result["protocolVersion"] == 1, "protocolVersion is not 1")
            try expect(
                result["name"]?.string == manifest.name.text, "it says it is \(result["name"]?.string ?? "nobody"), not \(manifest.name)")
            try expect(
                result["version"]?.string == manifest.version.description,
                "it says its version is \(result["version"]?.string ?? "none"), not \(manifest.version)")
        },
        Rule("LB-L0-02", .L0, "nothing is said before initialize is answered") { trial in
            let process = try trial.start()
            try trial.stage.pass(milliseconds: 250)
            try expect(process.lineCount == 0, "it wrote a line before anything was asked")
            let id = process.send("initialize", try trial.greeting())
            _ = try trial.stage.wait(milliseconds: 10_000) { process.lineCount > 0 || process.exit != nil }
            let isAnswered = process.answer(to: id) != nil
            try expect(isAnswered || process.lineCount == 0, "its first line is not the answer to initialize")
            _ = try process.answer(to: id, withinMilliseconds: 10_000)
        },
        Rule("LB-L0-03", .L0, "without a common version initialize is answered −32602, and it ends") { trial in
            let process = try trial.start()
            let id = process.send("initialize", try trial.greeting(versions: [999]))
            switch try process.answer(to: id, withinMilliseconds: 10_000) {
            case .result: throw Finding.broken("it accepted version 999")
            case .failure(let error): try expect(error.isInvalidParams, "it answered error \(error)")
            }
            try expect(try process.exit(withinMilliseconds: 2000) != nil, "it still ran 2 s after refusing the version")
        },
        Rule("LB-L0-04", .L0, "an unknown request is answered −32601, and it goes on") { trial in
            let process = try trial.greeted()
            try process.expectError(-32601, from: "conformance.unknown", .object(["a": 1]), "an unknown request")
            try process.result("health")
        },
        Rule("LB-L0-05", .L0, "an unknown notification is ignored") { trial in
            let process = try trial.greeted()
            let before = process.lineCount - process.said.count
            process.notify("conformance.unknown", ["a": 1])
            process.notify("$/unknown", [:])
            try process.result("health")
            try expect(process.lineCount - process.said.count == before + 1, "it answered a notification")
        },
        Rule("LB-L0-06", .L0, "health is answered within 1 s") { trial in
            try trial.greeted().result("health", withinMilliseconds: 1000)
        },
        Rule("LB-L0-07", .L0, "$/cancel of what is not open is ignored") { trial in
            let process = try trial.greeted()
            process.notify("$/cancel", ["id": 1])
            process.notify("$/cancel", ["id": 4711])
            process.notify("$/cancel", ["id": "never"])
            try process.result("health")
        },
        Rule("LB-L0-08", .L0, "a request with a member missing is answered −32602") { trial in
            let process = try trial.greeted()
            try process.expectError(-32602, from: "lock.read", .object([:]), "lock.read without lock")
            try process.expectError(-32602, from: "lock.operate", .object(["lock": "front"]), "lock.operate without operation")
            try process.result("health")
        },
        Rule("LB-L0-09", .L0, "a lock that was not added is answered 1001") { trial in
            let process = try trial.greeted()
            try process.expectError(1001, from: "lock.read", .object(["lock": "stranger"]), "lock.read of a lock that was not added")
            try process.expectError(
                1001, from: "lock.operate",
                .object(["operation": "op-1", "lock": "stranger", "action": "lock", "ttlMilliseconds": 2000]),
                "lock.operate on a lock that was not added")
        },
    ]
}
