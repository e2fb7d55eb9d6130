import AdapterProtocol
import LinuxIO

/// Why a child is gone. Every case but `stopped` is a crash: counted, and followed by a restart or the quarantine.
package enum DownCause: Error, Sendable, Equatable, CustomStringConvertible {
    /// It was asked to end and did.
    case stopped
    /// It could not be started: the program, its folder, or the machine's limits.
    case notStarted(String)
    /// It ended by itself.
    case exited(ChildExit)
    /// It closed its output and went on running.
    case closedOutput
    /// It sent a line, or contents, that break the protocol.
    case malformed(String)
    /// It said something before `initialize` was answered, or what may not come now.
    case outOfPhase(String)
    /// It answered one request twice.
    case answeredTwice
    /// It answered what was never asked.
    case inventedAnswer
    /// It said more unasked than it may.
    case flood
    /// It did not answer `initialize` in time.
    case noGreeting
    /// It refused `initialize`; with its words.
    case refusedGreeting(String)
    /// It says it is another than its manifest does.
    case wrongIdentity(String)
    /// It did not answer `health` in time, or has stopped answering altogether.
    case silent
    /// It does not read what it is sent.
    case doesNotRead
    /// It uses more memory than it may.
    case tooMuchMemory(bytes: Int)
    /// It keeps a processor busy.
    case tooMuchProcessor
    /// It did not end in time after `shutdown`.
    case didNotStop

    package var description: String {
        switch self {
        case .stopped: "stopped"
        case .notStarted(let why): "not started: \(why)"
        case .exited(let status): "ended by itself: \(status)"
        case .closedOutput: "closed its output"
        case .malformed(let what): "broke the protocol: \(what)"
        case .outOfPhase(let what): "spoke out of turn: \(what)"
        case .answeredTwice: "answered one request twice"
        case .inventedAnswer: "answered what was not asked"
        case .flood: "said too much unasked"
        case .noGreeting: "did not answer initialize in time"
        case .refusedGreeting(let words): "refused initialize: \(words)"
        case .wrongIdentity(let what): "is not what its manifest says: \(what)"
        case .silent: "does not answer"
        case .doesNotRead: "does not read what it is sent"
        case .tooMuchMemory(let bytes): "uses \(bytes >> 20) MiB of memory"
        case .tooMuchProcessor: "keeps a processor busy"
        case .didNotStop: "did not end in time"
        }
    }
}

/// Why a request has no result.
package enum CallFailure: Error, Sendable, Equatable {
    /// The child is not up; nothing was sent to it.
    case notSent
    /// The child answered with an error.
    case refused(RPCError)
    /// No answer in time; a late one is dropped and counted. Whether it was done is not known.
    case noAnswer
    /// The child is gone. Whether it was done is not known.
    case gone(DownCause)
}
