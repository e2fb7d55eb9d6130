import LockModel

/// A failure to tell the user: what is wrong, what to do next, and the exit code.
struct CommandFailure: Error {
    /// The exit codes of every command.
    enum Code: Int32 {
        case failed = 1
        case refused = 2
        case usage = 64
        case notRunning = 69
        case frozen = 75
        case roleMissing = 77
        case configuration = 78
    }

    var code: Code
    var message: String
    /// The refusal's, where it is one.
    var reason: Reason?

    init(_ code: Code, _ message: String, reason: Reason? = nil) {
        self.code = code
        self.message = message
        self.reason = reason
    }

    /// A refusal with its reason, as the reason table words it.
    static func refused(_ reason: Reason, _ detail: String) -> CommandFailure {
        let help = reason.row.help
        // Its help is for retailers; to whoever stands at the gateway the detail says it.
        let isWhole = detail == help || reason == .actionNotAllowed && !detail.isEmpty
        return CommandFailure(
            reason == .frozen ? .frozen : .refused,
            isWhole ? "refused (\(reason.rawValue)): \(detail)" : "refused (\(reason.rawValue)): \(detail) \(help)",
            reason: reason)
    }
}
