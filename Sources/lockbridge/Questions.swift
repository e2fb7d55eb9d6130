import ArgumentParser
import Glibc
import WireBytes

/// Where a command that asks takes its answers from.
struct AnswerOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Answer the questions from a JSON file.",
            discussion: "{\"answers\": [1, \"front\", true]}, in the order of the questions; a choice by its digit. `-` is standard input.",
            valueName: "file"))
    var answers: String?

    func file() throws -> AnswerFile? { try answers.map { try AnswerFile($0) } }
}

/// Asks a person at the terminal, or a file of answers, one question at a time; what can be chosen is chosen by digits.
struct Questions {
    private var file: AnswerFile?
    private let isForPrograms: Bool

    /// - Parameter isForPrograms: standard output is JSON, so questions are put on standard error.
    init(_ file: AnswerFile?, isForPrograms: Bool = false) {
        self.file = file
        self.isForPrograms = isForPrograms
    }

    /// Whether somebody, or a file, is there to be asked.
    var canAsk: Bool { file != nil || isatty(STDIN_FILENO) == 1 }

    /// Whether there is a next answer: always where a person is asked.
    var hasMore: Bool { file.map { !($0.answers ?? []).isEmpty } ?? (isatty(STDIN_FILENO) == 1) }

    /// Asks for one of these, by its digit.
    /// - Parameter last: what `0` means, where it may be said.
    /// - Returns: the place of the chosen, from 0; `nil` for `0`.
    /// - Throws: `CommandFailure` where nobody is there, the answers are used up, or standard input ended.
    mutating func choose(_ question: String, _ choices: [String], zero last: String? = nil) throws -> Int? {
        say(question)
        for (index, choice) in choices.enumerated() { say("\(index + 1)  \(choice)") }
        if let last { say("0  \(last)") }
        if file != nil {
            let answer = try taken(question)
            let number = answer.integer ?? answer.string.flatMap { Int64($0) } ?? answer.bool.map { $0 ? 1 : 2 }
            guard let number, (last == nil ? 1 : 0)...Int64(choices.count) ~= number else {
                throw CommandFailure(.usage, "the file's answer is none of the choices of: \(question)")
            }
            return number == 0 ? nil : Int(number) - 1
        }
        while true {
            Terminal.prompt("\(last == nil ? 1 : 0)-\(choices.count): ")
            let line = try heard()
            if line == "0", last != nil { return nil }
            if let number = Int(line), choices.indices.contains(number - 1) { return number - 1 }
        }
    }

    /// Asks for a line of text that is accepted.
    mutating func text(_ question: String, _ accept: (String) -> String?) throws -> String {
        say(question)
        if file != nil {
            guard let text = try taken(question).string, accept(text) == nil else {
                throw CommandFailure(.usage, "the file's answer does not do for: \(question)")
            }
            return text
        }
        while true {
            Terminal.prompt("> ")
            let line = try heard()
            guard let problem = accept(line) else { return line }
            say(problem)
        }
    }

    private func say(_ text: String) { if isForPrograms { Terminal.note(text) } else { Terminal.print(text) } }

    private mutating func taken(_ question: String) throws -> JSONValue {
        guard let answer = file?.next() else { throw CommandFailure(.failed, "the file has no answer to: \(question)") }
        return answer
    }

    private func heard() throws -> String {
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(.usage, "nobody is there to be asked; answer from a file with --answers FILE")
        }
        guard let line = Terminal.line() else { throw CommandFailure(.failed, "nothing more was typed; nothing was changed") }
        return String(line.drop { $0 == " " }.reversed().drop { $0 == " " || $0 == "\r" }.reversed())
    }
}
