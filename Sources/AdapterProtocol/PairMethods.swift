import LockModel
import WireBytes

/// Looks for locks that may be paired: the parameters of `pair.start`.
package struct PairStartParams: Sendable, Codable, Equatable {
    /// What the installer said about how, by name; each adapter documents its own. May carry secrets and is in no log.
    package var options: [String: String]

    package init(options: [String: String] = [:]) { self.options = options }
}

/// A lock that could be paired: `pair.found`, once for each and again where something changed.
public struct PairCandidate: Sendable, Codable, Equatable {
    /// What `pair.choose` names it by: at most 64 bytes.
    public var candidate: String
    /// What it calls itself.
    public var name: String
    /// What it is.
    public var model: String
    /// How loud it is heard, in dBm, for a radio.
    public var rssi: Int?

    /// A lock in reach.
    public init(candidate: String, name: String, model: String, rssi: Int? = nil) {
        self.candidate = candidate
        self.name = name
        self.model = model
        self.rssi = rssi
    }
}

/// Takes one of the found: the parameters of `pair.choose`.
package struct PairChooseParams: Sendable, Codable, Equatable {
    package var candidate: String

    package init(candidate: String) { self.candidate = candidate }
}

/// A lock that was paired. The core picks its name, seals the state, and sends `lock.add`.
package struct PairChooseResult: Sendable, Codable, Equatable {
    /// The keys and addresses of the lock's next `lock.add`.
    package var vendorState: JSONObject
    package var capabilities: LockCapabilities
    package var model: String
    package var firmware: String?

    package init(vendorState: JSONObject, capabilities: LockCapabilities, model: String, firmware: String? = nil) {
        self.vendorState = vendorState
        self.capabilities = capabilities
        self.model = model
        self.firmware = firmware
    }
}

/// How far pairing got: `pair.progress`.
package typealias PairProgressParams = ProgressParams

extension RequestMethod where Params == PairStartParams, Result == Nothing {
    package static var pairStart: Self { Self(.pairStart) }
}
extension RequestMethod where Params == PairChooseParams, Result == PairChooseResult {
    package static var pairChoose: Self { Self(.pairChoose) }
}
extension RequestMethod where Params == Nothing, Result == Nothing {
    package static var pairCancel: Self { Self(.pairCancel) }
}
extension RequestMethod where Params == LockParams, Result == Nothing {
    /// Removes what was set in the lock, restores its auto-relock as found at pairing, drops the key, forgets the lock.
    package static var unpair: Self { Self(.unpair) }
    /// Has the lock show itself: a beep or a light, and never its motor.
    package static var identify: Self { Self(.identify) }
}
extension NotificationMethod where Params == PairCandidate {
    package static var pairFound: Self { Self(.pairFound) }
}
extension NotificationMethod where Params == PairProgressParams {
    package static var pairProgress: Self { Self(.pairProgress) }
}
