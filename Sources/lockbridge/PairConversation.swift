import AdapterProtocol
import Glibc
import LockModel
import WireBytes

/// The installer's side of a pairing: shows what changed, asks what is asked, until it is over. Fits 40 columns; nothing is told by colour alone.
struct PairConversation {
    /// What a chosen candidate is to become; the lock whose device is replaced is given, where one is.
    typealias Take = (_ candidate: String, _ replaced: LockID?) throws -> PairTakeRequest

    private enum Expected {
        case nothing
        /// Asked with so many on the list.
        case candidate(Int)
        case answer(PairView.Question)
    }

    private let client: AdminClient
    private let json: Bool
    /// The answers that are left.
    private(set) var script: AnswerFile?
    private var shown = PairView(state: .idle)
    private var expected = Expected.nothing
    private var isInputOpen = true
    /// The last question that was answered, and whether one was chosen: a view from before that may still be on its way.
    private var answered = 0
    private var hasChosen = false

    init(client: AdminClient, json: Bool, script: AnswerFile?) {
        self.client = client
        self.json = json
        self.script = script
    }

    /// Runs until the pairing is over.
    /// - Parameter take: what the chosen candidate is to become.
    /// - Throws: `CommandFailure`: refused where it failed, failed where it was given up or standard input ended first.
    mutating func run(_ take: Take) throws -> PairView {
        defer { Terminal.echo(true) }
        var view: PairView = try client.call(.pairFollow, Nothing())
        if view.isOver { throw CommandFailure(.failed, "no pairing is under way; begin with `lockbridge pair ADAPTER --name NAME`") }
        while true {
            try show(view)
            if view.isOver { return try ended(view) }
            try speak(view, take)
            switch try client.wait(alsoFor: isInputOpen && script == nil ? STDIN_FILENO : nil) {
            case .notification(.pair, let params): view = try StrictJSON.decode(PairView.self, from: .object(params))
            case .notification: break
            case .input: try heard(view, take)
            }
        }
    }

    // MARK: Showing

    private mutating func show(_ view: PairView) throws {
        defer { shown = view }
        if json { return try Terminal.json(view) }
        if shown.state != view.state, view.state == .searching {
            Terminal.print("Looking. Ctrl-C leaves it running:\n`lockbridge pair --resume` returns.")
        }
        if view.state == .searching, view.candidates != shown.candidates {
            if case .candidate = expected { Terminal.prompt("\n") }
            for (index, candidate) in view.candidates.enumerated() where index >= shown.candidates.count {
                let signal = candidate.rssi.map { "\n   \(SignalStrength(rssi: $0).rawValue), \($0) dBm" } ?? ""
                Terminal.print("\(index + 1)  \(candidate.name)\n   \(candidate.model)\(signal)\n   \(candidate.candidate)")
            }
        }
        if let progress = view.progress, progress != shown.progress {
            Terminal.print("[\(progress.step)/\(progress.of)] \(progress.text)")
        }
        if shown.state != view.state, view.state == .pairing { Terminal.print("Pairing ...") }
    }

    private func ended(_ view: PairView) throws -> PairView {
        switch view.state {
        case .paired:
            if !json, let lock = view.lock {
                Terminal.print("Paired: \(lock)\n   \(view.model ?? "")\(view.firmware.map { ", firmware \($0)" } ?? "")")
            }
            return view
        case .failed: throw CommandFailure.refused(view.reason ?? .adapterFailed, view.message ?? "")
        case .cancelled, .idle, .searching, .pairing: throw CommandFailure(.failed, "the pairing was given up; nothing was added")
        }
    }

    // MARK: Asking

    /// Answers from the script, or asks the person; once for each question.
    private mutating func speak(_ view: PairView, _ take: Take) throws {
        if let question = view.question {
            if question.prompt <= answered { return }
            if script != nil {
                guard let answer = script?.next() else {
                    let _: PairView = try client.call(.pairCancel, Nothing())
                    throw CommandFailure(.failed, "the file has no answer to: \(question.text)")
                }
                return try say(answer, to: question)
            }
            if case .answer(let asked) = expected, asked.prompt == question.prompt { return }
            expected = .answer(question)
            return ask(question)
        }
        guard view.state == .searching, !view.candidates.isEmpty, !hasChosen else {
            expected = .nothing
            return
        }
        if let script {
            guard
                let match = view.candidates.first(where: {
                    script.candidate == nil || script.candidate == $0.candidate || script.candidate == $0.name
                })
            else { return }
            return try choose(match, take)
        }
        if case .candidate(view.candidates.count) = expected { return }
        expected = .candidate(view.candidates.count)
        Terminal.prompt("Which? 1-\(view.candidates.count), 0 gives up: ")
    }

    private func ask(_ question: PairView.Question) {
        Terminal.print(question.text)
        for (index, choice) in (question.choices ?? []).enumerated() { Terminal.print("\(index + 1)  \(choice)") }
        Terminal.echo(!question.secret)
        switch question.kind {
        case .confirm: Terminal.prompt("1 yes, 2 no: ")
        case .press: Terminal.prompt("1 done, 2 can't: ")
        case .choice: Terminal.prompt("Which? 1-\(question.choices?.count ?? 0): ")
        case .number: Terminal.prompt("Number: ")
        case .passkey: Terminal.prompt("Six digits: ")
        case .pin: Terminal.prompt("PIN (not shown): ")
        case .dsk: Terminal.prompt("Digits on the lock: ")
        case .qr: Terminal.prompt("Text of the code: ")
        case .text: Terminal.prompt("> ")
        }
    }

    /// A line came from the person.
    private mutating func heard(_ view: PairView, _ take: Take) throws {
        guard let line = Terminal.line() else {
            isInputOpen = false
            throw CommandFailure(.failed, "the pairing goes on in the gateway: `lockbridge pair --resume`, or `--cancel`")
        }
        Terminal.echo(true)
        switch expected {
        case .nothing: return
        case .candidate:
            if line == "0" {
                let _: PairView = try client.call(.pairCancel, Nothing())
                return
            }
            guard let number = Int(line), view.candidates.indices.contains(number - 1) else {
                return Terminal.prompt("1 to \(view.candidates.count), or 0: ")
            }
            expected = .nothing
            try choose(view.candidates[number - 1], take)
        case .answer(let question):
            guard let answer = Self.answer(line, question) else { return ask(question) }
            if question.secret { Terminal.print("") }
            expected = .nothing
            try say(answer, to: question)
        }
    }

    /// What a line means as an answer; `nil` where it is none.
    private static func answer(_ line: String, _ question: PairView.Question) -> JSONValue? {
        switch question.kind {
        case .confirm, .press: line == "1" ? .bool(true) : line == "2" ? .bool(false) : nil
        case .choice:
            Int(line).flatMap { number in
                question.choices.flatMap { $0.indices.contains(number - 1) ? .string($0[number - 1]) : nil }
            }
        case .number: Int64(line).map { .integer($0) }
        case .passkey: line.utf8.count == 6 && line.utf8.allSatisfy { (0x30...0x39).contains($0) } ? .string(line) : nil
        case .pin, .dsk, .qr, .text: line.isEmpty ? nil : .string(line)
        }
    }

    private mutating func choose(_ candidate: PairCandidate, _ take: Take) throws {
        let _: PairView = try client.call(.pairChoose, try take(candidate.candidate, shown.replaces))
        hasChosen = true
    }

    private mutating func say(_ answer: JSONValue, to question: PairView.Question) throws {
        do {
            let _: Nothing = try client.call(.pairAnswer, PairAnswerRequest(prompt: question.prompt, answer: answer))
            answered = question.prompt
        } catch let failure as CommandFailure where failure.code == .failed && script == nil {
            Terminal.print(failure.message)
            expected = .answer(question)
            ask(question)
        }
    }
}
