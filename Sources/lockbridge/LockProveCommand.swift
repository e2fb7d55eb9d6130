import AdapterProtocol
import ArgumentParser
import LockModel
import WireBytes

/// `lockbridge lock prove`
struct LockProveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove", abstract: "Prove at the door that it locks again: shut, ajar, bolt blocked, radio cut.",
        discussion: """
            Opens the door in each case and watches it until the lock itself says locked. What you are asked to do is believed only where the lock's
            readings show it; what the lock can't show is recorded as not shown. Each result is recorded with its date and stands on the handover sheet.
            Only before `lockbridge handover`. When this terminal is lost the case goes on: `lock prove` again follows it.
            --answers FILE answers from a file: {"answers": [1, 1, 2, 1]}, 1 to try a case and 2 to leave it out.
            """)
    @OptionGroup var options: HomeOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The lock's name.") var name: String
    @Option(name: .customLong("case"), help: "Only this case: shut, ajar, blocked or radioCut; several times.") var cases: [String] = []
    @Option(name: .long, help: "For how long it is opened each time, in seconds.") var openSeconds: Int?
    @OptionGroup var answers: AnswerOptions

    func validate() throws {
        guard cases.allSatisfy({ ProofCase(rawValue: $0) != nil }) else {
            throw ValidationError("--case: shut, ajar, blocked or radioCut")
        }
    }

    func run() throws {
        let lock: LockID = try parsed(name, "lock")
        var questions = Questions(try answers.file(), isForPrograms: output.json)
        let client = try AdminClient(home: options.home)
        let view = try LockCommand.view(of: lock, client)
        if let running = view.proving {
            say("A case is under way: \(ProofText.label(running)).")
            try follow(client, ProofRequest(lock: lock, case: running))
        }
        let wanted = cases.isEmpty ? ProofCase.allCases : cases.compactMap { ProofCase(rawValue: $0) }
        for proof in wanted where view.proving != proof {
            let before = view.proof?.first { $0.case == proof }
            let question =
                "\(ProofText.label(proof).uppercased())\n\(Self.task(proof))" + (before.map { "\nLast: \(ProofText.text($0))" } ?? "")
            let choices = ["try it now", before == nil ? "leave it out" : "keep the last result"]
            guard let choice = try questions.choose(question, choices, zero: "stop here") else { break }
            if choice == 1 && before != nil { continue }
            try follow(client, ProofRequest(lock: lock, case: proof, openSeconds: openSeconds, skip: choice == 1))
        }
        let after = try LockCommand.view(of: lock, client)
        if output.json { return try Terminal.json(after.proof ?? []) }
        Terminal.print("\n\(lock), proved so far:")
        for (label, text) in ProofText.rows(after.proof) { Terminal.row(label, text) }
        if after.proof?.contains(where: { $0.result == .failed }) == true {
            throw CommandFailure(.failed, "not everything held; `lockbridge why \(lock)` tells what was seen")
        }
    }

    /// Has a case tried and tells what is seen and what to do, until it is over.
    private func follow(_ client: AdminClient, _ request: ProofRequest) throws {
        let proven: ProvenCase
        do {
            proven = try client.call(.lockProve, request) { notification, params in
                guard notification == .proof else { return }
                let view = try StrictJSON.decode(ProofView.self, from: .object(params))
                if let text = Self.advice(view) { say(text) }
            }
        } catch let failure as CommandFailure where failure.reason != nil && failure.code == .refused {
            // Nothing was opened; the next case may still be tried.
            return say("It was not opened. \(failure.message)")
        }
        say("→ \(ProofText.text(proven))")
    }

    private func say(_ text: String) {
        if !output.json { Terminal.print(text) }
    }

    /// What a case is about, and what to have ready.
    private static func task(_ proof: ProofCase) -> String {
        switch proof {
        case .shut: "Shut the door and leave it shut."
        case .ajar: "It opens; then you open the door and leave it open. The bolt must stay in."
        case .blocked:
            "It opens; then you keep the bolt from coming out: pull the door out of line, or block its hole. The door stays shut."
        case .radioCut: "It opens, and then nothing reaches it. Shut the door and leave it shut."
        }
    }

    /// What to do now; the texts are shown, never parsed.
    private static func advice(_ view: ProofView) -> String? {
        switch (view.case, view.step) {
        case (_, .opening): "Opening ..."
        case (.shut, .unlocked): "Open for \(view.openSeconds) s. Leave the door shut."
        case (.ajar, .unlocked): "NOW open the door and leave it open: \(view.openSeconds) s."
        case (.ajar, .doorOpen): "Seen: the door is open. Wait."
        case (.ajar, .alarmed): "Seen: alarm, and no bolt. NOW close the door."
        case (.blocked, .unlocked): "NOW block the bolt: \(view.openSeconds) s."
        case (.blocked, .alarmed): "Seen: stuck, and the alarm stands. NOW free the bolt."
        case (.radioCut, .unlocked):
            view.cutsItself ? nil : "NOW put it out of reach: pull the plug of its radio or bridge. \(view.openSeconds) s."
        case (.radioCut, .cut):
            "Cut off for \(view.cutSeconds ?? 0) s. Wait." + (view.cutsItself ? "" : " Leave the plug out.")
        case (.radioCut, .restored): view.cutsItself ? "Reached again: looking at it." : "NOW put the plug in again."
        case (_, .relocking): "Locking ..."
        case (.shut, .doorOpen), (.shut, .alarmed), (.shut, .cut), (.shut, .restored), (.ajar, .cut), (.ajar, .restored),
            (.blocked, .doorOpen),
            (.blocked, .cut), (.blocked, .restored), (.radioCut, .doorOpen), (.radioCut, .alarmed):
            nil
        }
    }
}
