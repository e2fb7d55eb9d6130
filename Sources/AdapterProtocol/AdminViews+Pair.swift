import LockModel
import WireBytes

/// `pair.start`'s parameters on the admin socket.
package struct PairBeginRequest: Sendable, Codable, Equatable {
    package var adapter: AdapterName
    /// What the adapter wants to know, by name; each documents its own.
    package var options: [String: String]
    /// The lock whose device another one is to replace.
    package var replaces: LockID?

    package init(adapter: AdapterName, options: [String: String] = [:], replaces: LockID? = nil) {
        self.replaces = replaces
        self.adapter = adapter
        self.options = options
    }
}

/// `pair.choose`'s parameters on the admin socket: which of the found, and the lock it becomes.
package struct PairTakeRequest: Sendable, Codable, Equatable {
    package var candidate: String
    /// A new lock, or one of the same adapter whose keys are replaced.
    package var lock: LockID
    package var title: String?
    package var maximumOpenSeconds: Int?
    package var relockWaiver: String?
    package var alwaysLocked: Bool?
    /// It takes the place of a lock that is here, whose settings and grants stay, even under another adapter.
    package var replaces: Bool?

    package init(
        candidate: String, lock: LockID, title: String? = nil, maximumOpenSeconds: Int? = nil, relockWaiver: String? = nil,
        alwaysLocked: Bool? = nil, replaces: Bool? = nil
    ) {
        self.candidate = candidate
        self.replaces = replaces
        self.lock = lock
        self.title = title
        self.maximumOpenSeconds = maximumOpenSeconds
        self.relockWaiver = relockWaiver
        self.alwaysLocked = alwaysLocked
    }
}

/// `pair.answer`'s parameters.
package struct PairAnswerRequest: Sendable, Codable, Equatable {
    /// Which question.
    package var prompt: Int
    /// A text, a number or a truth value, as the question wants; `nil` declines.
    package var answer: JSONValue?

    package init(prompt: Int, answer: JSONValue?) {
        self.prompt = prompt
        self.answer = answer
    }
}

/// The pairing that runs in the gateway, whole: what a terminal that comes back needs.
package struct PairView: Sendable, Codable, Equatable {
    /// Where it stands.
    package enum State: String, Sendable, Codable {
        /// None was begun since the gateway's start.
        case idle
        /// Locks are looked for.
        case searching
        /// One was chosen.
        case pairing
        case paired
        case failed
        case cancelled
    }

    /// A question that waits for its answer.
    package struct Question: Sendable, Codable, Equatable {
        package var prompt: Int
        package var kind: PromptParams.Kind
        package var text: String
        package var choices: [String]?
        package var secret: Bool
        package var until: Timestamp

        package init(prompt: Int, kind: PromptParams.Kind, text: String, choices: [String]?, secret: Bool, until: Timestamp) {
            self.prompt = prompt
            self.kind = kind
            self.text = text
            self.choices = choices
            self.secret = secret
            self.until = until
        }
    }

    package var state: State
    package var adapter: AdapterName?
    package var candidates: [PairCandidate]
    package var question: Question?
    package var progress: ProgressParams?
    package var lock: LockID?
    /// The lock whose device is to be replaced.
    package var replaces: LockID?
    package var model: String?
    package var firmware: String?
    /// Why it failed.
    package var reason: Reason?
    package var message: String?

    package init(state: State, adapter: AdapterName? = nil, candidates: [PairCandidate] = []) {
        self.state = state
        self.adapter = adapter
        self.candidates = candidates
    }

    /// Whether it has ended, or never begun.
    package var isOver: Bool {
        switch state {
        case .searching, .pairing: false
        case .idle, .paired, .failed, .cancelled: true
        }
    }
}
