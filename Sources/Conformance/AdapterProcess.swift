import AdapterHost
import AdapterProtocol
import Glibc
import LinuxIO
import LockModel
import WireBytes

/// One process of the adapter as the kit sees it: what it was asked, every line it said, and its end.
///
/// Each line is held against the protocol as the gateway would; faults go into the transcript, and the trial goes on, so that each fault is
/// told by the rule it belongs to.
final class AdapterProcess {
    /// An answer to a request.
    enum Answer {
        case result(JSONObject)
        case failure(RPCError)
    }

    private struct Asked {
        var method: String
        var answer: Answer?
        var at: Int64 = 0
    }

    /// Longer lines than the protocol allows are read this far, so that they can be told.
    private static let maximumReadBytes = 1 << 20

    let child: ChildProcess
    let errors: ErrorText
    /// Everything it noticed of its locks, in order.
    private(set) var observations: [LockObservation] = []
    /// Lines of any kind.
    private(set) var lineCount = 0
    /// Those after its answer to `shutdown`.
    private(set) var linesAfterShutdown = 0
    /// Members of the notifications and requests it sent, with their method.
    private(set) var said: [(method: String, params: JSONObject)] = []
    private(set) var exit: ChildExit?
    private(set) var isOutputClosed = false
    private let stage: Stage
    private let transcript: Transcript
    private var channel: LineChannel?
    private var nextID: Int64 = 1
    private var asked: [RequestID: Asked] = [:]
    private var notificationTimes: [Int64] = []
    /// Half a line was written, and what waits for its other half.
    private var isInsideLine = false
    private var afterLine: [[UInt8]] = []
    private var isShutdownAnswered = false
    private var isGreeted = false

    /// Where its `radio.*` requests go; refused without one.
    private let radio: RadioOnTrial?
    /// Who answers its questions; nobody without one.
    private let person: PersonOnTrial?

    init(_ plan: ChildPlan, stage: Stage, transcript: Transcript, radio: RadioOnTrial? = nil, person: PersonOnTrial? = nil) throws {
        self.radio = radio
        self.person = person
        self.stage = stage
        self.transcript = transcript
        try PrivateFolder.prepare(plan.folder)
        child = try stage.spawn(plan.spawnRequest)
        errors = try ErrorText(child.standardError, loop: stage.loop)
        channel = try LineChannel(
            loop: stage.loop, input: child.standardOutput, output: child.standardInput,
            limits: LineLimits(lineBytes: AdapterProcess.maximumReadBytes, outputBytes: 8 << 20),
            onLine: { [weak self] line in self?.received(line) },
            onClosed: { [weak self] reason in self?.closed(reason) })
        child.onExit = { [weak self] status in self?.exit = status }
    }

    // MARK: - Speaking

    /// Sends a request under the next number, or under an id of the caller's.
    @discardableResult
    func send(_ method: String, _ params: JSONValue? = .object([:]), id chosen: RequestID? = nil) -> RequestID {
        let id = chosen ?? .number(nextID)
        if chosen == nil { nextID += 1 }
        asked[id] = Asked(method: method)
        var line: JSONObject = ["jsonrpc": "2.0"]
        switch id {
        case .number(let number): line["id"] = .integer(number)
        case .text(let text): line["id"] = .string(text)
        }
        line["method"] = .string(method)
        if let params { line["params"] = params }
        write(line)
        return id
    }

    func notify(_ method: String, _ params: JSONObject) {
        write(["jsonrpc": "2.0", "method": .string(method), "params": .object(params)])
    }

    /// Sends a `health` request as it is written here, or, without a line, expects the answer to one that was written in pieces.
    func sendHealth(_ line: String? = nil, id: String) -> RequestID {
        asked[.text(id)] = Asked(method: "health")
        if let line { write(Array(line.utf8)) }
        return .text(id)
    }

    private func write(_ line: JSONObject) { write((try? StrictJSON.encode(JSONValue.object(line))) ?? []) }

    /// Writes a line as it is.
    func write(_ line: [UInt8]) {
        guard !isInsideLine else { return afterLine.append(line) }
        transcript.onLine?(.core, line)
        _ = channel?.send(line)
    }

    /// Writes bytes as they are, without an end of line; only while nothing else waits to be written. What a radio tells before the line is whole comes after it.
    func writePiece(_ bytes: [UInt8]) {
        _ = Glibc.write(child.standardInput.number, bytes, bytes.count)
        isInsideLine = bytes.last != 0x0A
        guard !isInsideLine else { return }
        let waiting = afterLine
        afterLine = []
        for line in waiting { write(line) }
    }

    /// Ends its standard input; nothing can be written after it.
    func closeInput() { child.standardInput.close() }

    /// Reads nothing of what it says until ``resumeReading()``.
    func pauseReading() { channel?.pauseReading() }
    func resumeReading() { channel?.resumeReading() }

    // MARK: - Waiting

    /// The answer, where it has come.
    func answer(to id: RequestID) -> Answer? { asked[id]?.answer }

    /// When the answer came, on the boot clock.
    func answeredAt(_ id: RequestID) -> Int64? { asked[id].flatMap { $0.answer == nil ? nil : $0.at } }

    /// Waits for an answer.
    /// - Throws: broken where there is none in time, or the process ends instead.
    func answer(to id: RequestID, withinMilliseconds limit: Int64) throws -> Answer {
        _ = try stage.wait(milliseconds: limit) { asked[id]?.answer != nil || exit != nil }
        // What it said last may still be in the pipe.
        if exit != nil && asked[id]?.answer == nil { _ = try stage.wait(milliseconds: 200) { asked[id]?.answer != nil || isOutputClosed } }
        if let answer = asked[id]?.answer { return answer }
        let method = asked[id]?.method ?? ""
        guard let exit else { throw Finding.broken("\(method) was not answered within \(Self.words(limit))") }
        throw Finding.broken(
            "it ended (\(exit)) instead of answering \(method)" + (errors.lastLine.map { "; its last words: \($0)" } ?? ""))
    }

    /// Asks and waits for the answer.
    func ask(_ method: String, _ params: JSONValue? = .object([:]), withinMilliseconds limit: Int64 = 5000) throws -> Answer {
        try answer(to: send(method, params), withinMilliseconds: limit)
    }

    /// Asks and waits for a result.
    /// - Throws: broken for an error too.
    @discardableResult
    func result(_ method: String, _ params: JSONValue? = .object([:]), withinMilliseconds limit: Int64 = 5000) throws -> JSONObject {
        switch try ask(method, params, withinMilliseconds: limit) {
        case .result(let result): return result
        case .failure(let error): throw Finding.broken("\(method) was answered with the error \(error)")
        }
    }

    /// Asks and waits for an error with this code.
    /// - Throws: broken for anything else.
    func expectError(_ codes: Int..., from method: String, _ params: JSONValue?, _ what: String) throws {
        switch try ask(method, params) {
        case .result: throw Finding.broken("\(what) was answered with a result instead of error \(codes[0])")
        case .failure(let error):
            try expect(codes.contains(error.code), "\(what) was answered with error \(error) instead of \(codes[0])")
        }
    }

    /// Waits for its end.
    func exit(withinMilliseconds limit: Int64) throws -> ChildExit? {
        _ = try stage.wait(milliseconds: limit) { exit != nil }
        return exit
    }

    /// Ends it without a word, and frees what it held.
    func end() throws {
        if exit == nil {
            child.kill(SIGKILL)
            _ = try stage.wait(milliseconds: 2000) { exit != nil }
        }
        channel?.close()
        channel = nil
        errors.close()
    }

    static func words(_ milliseconds: Int64) -> String { milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms" }

    // MARK: - Hearing

    private func closed(_ reason: LineChannel.CloseReason) {
        isOutputClosed = true
        if reason == .lineTooLong { transcript.note(.line, "it sent a line longer than \(AdapterProcess.maximumReadBytes) bytes") }
    }

    private func received(_ line: [UInt8]) {
        lineCount += 1
        transcript.onLine?(.adapter, line)
        if isShutdownAnswered {
            linesAfterShutdown += 1
            transcript.note(.turn, "it said something after its answer to shutdown")
        }
        let message: Message
        do throws(LineRefusal) { message = try LineCodec.read(line) } catch {
            let text = String(decoding: line.prefix(60), as: UTF8.self).filter { !$0.isNewline }
            return transcript.note(.line, "it wrote \(error): \(text)\(line.count > 60 ? "…" : "")")
        }
        switch message {
        case .result(let id, let result): answered(id, .result(result))
        case .failure(let id, let error): answered(id, .failure(error))
        case .notification(let method, let params): notified(method, params)
        case .request(let id, let method, let params): requested(id, method, params)
        }
    }

    private func answered(_ id: RequestID, _ answer: Answer) {
        guard let open = asked[id] else { return transcript.note(.answer, "it answered id \(id), which was never used") }
        guard open.answer == nil else { return transcript.note(.answer, "it answered \(open.method) twice") }
        asked[id]?.answer = answer
        asked[id]?.at = Clocks.bootMilliseconds()
        if open.method == "shutdown" { isShutdownAnswered = true }
        if open.method == "initialize" { isGreeted = true }
        if case .result(let result) = answer, let problem = Contents.problem(ofResult: result, to: open.method) {
            transcript.note(.contents, "its result of \(open.method): \(problem)")
        }
    }

    private func notified(_ method: String, _ params: JSONObject) {
        spoke("the notification \(method)")
        said.append((method, params))
        count()
        if let problem = Contents.problem(ofNotification: method, params) { transcript.note(.contents, problem) }
        guard method == Method.lockObserved.rawValue, let observation = try? NotificationMethod.lockObserved.params(params) else { return }
        observations.append(observation)
    }

    private func count() {
        let now = Clocks.bootMilliseconds()
        notificationTimes.append(now)
        let inSecond = notificationTimes.suffix(51).count { $0 > now - 1000 }
        let inMinute = notificationTimes.suffix(601).count { $0 > now - 60_000 }
        if inSecond > 50 { transcript.note(.rate, "it sent more than 50 notifications in a second") }
        if inMinute > 600 { transcript.note(.rate, "it sent more than 600 notifications in a minute") }
    }

    private func requested(_ id: RequestID, _ method: String, _ params: JSONObject) {
        spoke("the request \(method)")
        said.append((method, params))
        switch method {
        case Method.statePut.rawValue:
            if let problem = Contents.problem(ofState: params) { transcript.note(.contents, problem) }
            write((try? LineCodec.result(Nothing(), to: id)) ?? [])
        case Method.prompt.rawValue: prompted(id, params)
        case let name where name.hasPrefix("radio.") && radio != nil: passToRadio(id, name, params)
        default:
            if !Contents.laterRequests.contains(method) {
                transcript.note(.contents, "it asked for \(method), which is no method of the core's")
            }
            write(LineCodec.failure(.methodNotFound(method), to: id))
        }
    }

    private func prompted(_ id: RequestID, _ params: JSONObject) {
        let prompt: PromptParams
        do throws(JSONDecodingError) { prompt = try RequestMethod.prompt.params(params) } catch {
            transcript.note(.contents, "its prompt: \(error)")
            return write(LineCodec.failure(.invalidParams("\(error)"), to: id))
        }
        write((try? LineCodec.result(person?.answer(prompt) ?? .cancelled, to: id)) ?? [])
    }

    private func passToRadio(_ id: RequestID, _ method: String, _ params: JSONObject) {
        radio?.ask(method, params) { [weak self] answer in
            switch answer {
            case .result(_, let result): self?.write((try? LineCodec.result(result, to: id)) ?? [])
            case .failure(_, let error): self?.write(LineCodec.failure(error, to: id))
            case .request, .notification: break
            }
        }
    }

    private func spoke(_ what: String) {
        if !isGreeted { transcript.note(.turn, "it sent \(what) before its answer to initialize") }
    }
}
