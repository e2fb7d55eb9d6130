import AdapterProtocol
import ArgumentParser
import LockModel

/// `lockbridge handover`
struct HandoverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "handover", abstract: "Print the handover sheet and end commissioning for good.",
        discussion: """
            From here a door opens for residents' grants alone. The sheet has every door with how it relocks and what was proved of it, who may open, how to
            take that back, and what is still open; in 40 columns, for a printer or a mail. --sheet prints it and changes nothing, before and after.
            --answers FILE answers from a file: {"answers": [1]}.
            """)
    @OptionGroup var options: HomeOptions
    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Do not ask.") var yes = false
    @Flag(name: .long, help: "Print the sheet only.") var sheet = false
    @OptionGroup var answers: AnswerOptions

    func run() throws {
        var questions = Questions(try answers.file(), isForPrograms: output.json)
        if !yes, !sheet, !questions.canAsk { throw CommandFailure(.usage, "this can't be undone; say --yes") }
        let client = try AdminClient(home: options.home)
        var made = try HandoverSheet(client)
        let wasHandedOver = made.handedOver
        if !output.json { for line in made.lines { Terminal.print(line) } }
        if !sheet && !wasHandedOver {
            if !output.json { Terminal.print("") }
            try handOver(client, &questions, made)
            made.handedOver = true
        }
        if output.json { return try Terminal.json(made) }
        if !sheet {
            Terminal.print(
                wasHandedOver
                    ? "It was handed over before." : "Handed over. `lockbridge lock unlock` is refused from now on.")
        }
    }

    private func handOver(_ client: AdminClient, _ questions: inout Questions, _ sheet: HandoverSheet) throws {
        guard sheet.audit.good else {
            throw CommandFailure(.frozen, "the journal is not in order; nothing was handed over")
        }
        if !yes {
            let open = sheet.openPoints.isEmpty ? "" : "\(sheet.openPoints.count) points are open. "
            let question = "\(open)After this the installer can't unlock any door here, and that can't be undone."
            guard try questions.choose(question, ["hand over"], zero: "not yet") != nil else {
                throw CommandFailure(.failed, "nothing was changed")
            }
        }
        let _: Reply = try client.call(.handover, Nothing())
    }
}
