import AdapterKit
import AdapterProtocol
import LockCrypto
import NukiProtocol
import WireBytes

/// What pairing gave and every later talk needs; sealed by the core.
struct NukiVendorState: Codable, Sendable {
    var address: String
    var type: RadioPeer.Kind
    var authorization: UInt32
    /// The shared key, as hexadecimal.
    var key: String
    var generation: NukiPairing.Generation
    /// What this gateway calls itself to the lock.
    var appID: UInt32
    /// It takes us for a bridge.
    var isBridge: Bool?
    /// Where the lock asks for it, and it was given.
    var pin: UInt32?
    /// The advanced configuration before we first changed it.
    var settingsAsFound: [UInt8]?

    var peer: RadioPeer { RadioPeer(address: address, type: type) }

    /// The seal of this authorization.
    /// - Throws: ``AdapterFailure`` `badConfig` for a state that is none.
    func seal() throws(AdapterFailure) -> NukiSeal {
        guard var bytes = try? Hex.decode(key), bytes.count == NaClBox.keyLength else {
            throw AdapterFailure(.badConfig, "the kept key is none")
        }
        return NukiSeal(authorization: authorization, key: SecretBytes(wiping: &bytes))
    }
}
