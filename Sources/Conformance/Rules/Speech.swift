extension Rule {
    /// Judged over everything the adapter said in the run, after all others.
    static let speech = [
        Rule("LB-L0-20", .L0, "nothing but messages stands on its standard output") { trial in
            try trial.exercise()
            try trial.transcript.expectNone(.line)
        },
        Rule("LB-L0-21", .L0, "each answer belongs to an open request, once") { trial in
            try trial.exercise()
            try trial.transcript.expectNone(.answer)
        },
        Rule("LB-L0-22", .L0, "what it says has the protocol's methods, members, types and words") { trial in
            try trial.exercise()
            try trial.transcript.expectNone(.contents)
        },
        Rule("LB-L0-23", .L0, "it speaks only between its answers to initialize and shutdown") { trial in
            try trial.exercise()
            try trial.transcript.expectNone(.turn)
        },
        Rule("LB-L0-24", .L0, "at most 50 notifications in a second and 600 in a minute") { trial in
            try trial.exercise()
            try trial.transcript.expectNone(.rate)
        },
    ]
}

extension Trial {
    /// Has it say something of everything, whatever comes of it: the transcript is what counts.
    fileprivate func exercise() throws {
        do {
            guard installed.manifest.standIn != nil else {
                let process = try greeted()
                try process.result("health")
                return
            }
            let lock = try added()
            _ = try? lock.read()
            if let action = try? lock.nextAction() { _ = try? lock.operate(action) }
            try? lock.device.turn(try lock.nextAction())
            try? stage.pass(milliseconds: 150)
            _ = try? lock.process.ask("shutdown", withinMilliseconds: 2000)
            _ = try? lock.process.exit(withinMilliseconds: 2000)
        } catch is Finding {
            // Told by the rule it belongs to.
            return
        }
    }
}
