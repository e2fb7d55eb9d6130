import LockModel
import WireBytes

/// The greeting: what a child needs to know before anything else.
package struct InitializeParams: Sendable, Codable, Equatable {
    /// What the core will bear.
    package struct Limits: Sendable, Codable, Equatable {
        /// Requests the child may have open.
        package var inFlight: Int
        /// Notifications a second, long-term.
        package var observedPerSecond: Int
        /// The longest line, without its LF.
        package var lineBytes: Int

        package init(inFlight: Int = 16, observedPerSecond: Int = 10, lineBytes: Int = LineCodec.maximumBytes) {
            self.inFlight = inFlight
            self.observedPerSecond = observedPerSecond
            self.lineBytes = lineBytes
        }
    }

    /// The versions the core speaks.
    package var protocolVersions: [Int]
    /// The gateway's id.
    package var gateway: String
    /// The operator's configuration of this child; an object.
    package var config: JSONObject
    /// What the child gave by `state.put` with scope `adapter`; `nil` before the first.
    package var adapterState: JSONObject?
    package var limits: Limits

    package init(protocolVersions: [Int], gateway: String, config: JSONObject, adapterState: JSONObject?, limits: Limits = Limits()) {
        self.protocolVersions = protocolVersions
        self.gateway = gateway
        self.config = config
        self.adapterState = adapterState
        self.limits = limits
    }
}

/// The child's answer to the greeting; name and version equal its manifest's.
package struct InitializeResult: Sendable, Codable, Equatable {
    package var protocolVersion: Int
    package var name: String
    package var version: String

    package init(protocolVersion: Int, name: String, version: String) {
        self.protocolVersion = protocolVersion
        self.name = name
        self.version = version
    }
}

/// A lock the adapter is to drive from now on; the same one again replaces its vendor state.
package struct LockAddParams: Sendable, Codable, Equatable {
    package var lock: LockID
    /// What pairing or the last `state.put` for this lock left; `nil` for a lock that needs none.
    package var vendorState: JSONObject?

    package init(lock: LockID, vendorState: JSONObject?) {
        self.lock = lock
        self.vendorState = vendorState
    }
}

/// State to be sealed by the core, since a child keeps no files; replaces what was put before.
package struct StatePutParams: Sendable, Codable, Equatable {
    /// Whose state it is.
    package enum Scope: String, Sendable, Codable, CaseIterable {
        case adapter, lock
    }

    package var scope: Scope
    /// With scope `lock`.
    package var lock: LockID?
    /// At most 16 KiB.
    package var state: JSONObject

    package init(scope: Scope, lock: LockID? = nil, state: JSONObject) {
        self.scope = scope
        self.lock = lock
        self.state = state
    }
}

/// A line of a child's log.
package struct LogParams: Sendable, Codable, Equatable {
    package var level: LogLevel
    package var text: String

    package init(level: LogLevel, text: String) {
        self.level = level
        self.text = text
    }
}

/// How much a line of a child's log matters.
public enum LogLevel: String, Sendable, Codable, CaseIterable {
    case debug, info, notice, warning, error
}

/// How far a long task got.
package struct ProgressParams: Sendable, Codable, Equatable {
    package var step: Int
    package var of: Int
    package var text: String

    package init(step: Int, of: Int, text: String) {
        self.step = step
        self.of = of
        self.text = text
    }
}

/// Asks to stop an open request; the receiver still answers it.
package struct CancelParams: Sendable, Codable, Equatable {
    package var id: RequestID

    package init(id: RequestID) { self.id = id }
}

extension RequestMethod where Params == InitializeParams, Result == InitializeResult {
    package static var initialize: Self { Self(.initialize) }
}
extension RequestMethod where Params == Nothing, Result == Nothing {
    package static var health: Self { Self(.health) }
    package static var shutdown: Self { Self(.shutdown) }
}
extension RequestMethod where Params == StatePutParams, Result == Nothing {
    package static var statePut: Self { Self(.statePut) }
}
extension NotificationMethod where Params == LogParams {
    package static var log: Self { Self(.log) }
}
extension NotificationMethod where Params == ProgressParams {
    package static var progress: Self { Self(.progress) }
}
extension NotificationMethod where Params == CancelParams {
    package static var cancel: Self { Self(.cancel) }
}
