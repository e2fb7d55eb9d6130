import AugustProtocol
import LockCrypto
import WireBytes

/// Frames of real locks in clear, from public captures, and a handshake with its session as the virtual lock makes them that yalexs-ble opens.
enum CapturedFrames {
    static let unlocked = "bb02003c0200000003000000000000000200"
    static let locked = "bb02003a0200000005000000000000000200"
    static let jammedPush = "bb02003a0200000007000000000000000000"
    static let doorClosed = "bb0200122e00000001000000000000000200"
    static let battery = "bb0200a50f00000079140000000000000200"
    static let lockAcknowledged = "aa0b00490000000000000000000000000200"
    static let lockOK = "bb0b003a0000000000000000000000000000"
    static let unlockOK = "bb0a003b0000000000000000000000000000"
    static let lockJam = "bb0b001b00000000000000000000001f0000"
    static let unlockJam = "bb0a001c00000000000000000000001f0000"
    static let unlockOKTrailed = "bb0a00390000000000000000000000000200"
    static let readAcknowledged = "aa0400282800000000000000000000000200"
    static let autoLockHalfHour = "bb0400fb2800000008070807000000000000"
    static let autoLockOff = "bb0400192800000000000000000000000000"
    static let writeAcknowledged = "aa030075280000005a005a00000000000200"
    static let autoLockWritten = "bb030066280000005a005a00000000000000"
    static let all = [
        unlocked, locked, jammedPush, doorClosed, battery, lockAcknowledged, lockOK, unlockOK, lockJam, unlockJam, unlockOKTrailed,
        readAcknowledged, autoLockHalfHour, autoLockOff, writeAcknowledged, autoLockWritten,
    ]

    static let key = "000102030405060708090a0b0c0d0e0f"
    static let slot: UInt8 = 4
    static let random = "10111213141516172021222324252627"
    static let handshake = [
        "8057b7a941466a2eac73547cf56b366e0f04", "0efaf13c53c5288cb73a0a32d859187c0f04", "fc166bb54b9894c4a892afc18ea0c0820f04",
        "40e5044e1821036a4885de9a9bfa90c00f00",
    ]
    static let goodbye = "85494867764b727f748f0feef273046a0f00"
    /// What is asked, in clear and on the air: the state, an unlock, secure mode.
    static let outward = [
        ("ee02000c0200000000000000000000000200", "7d1792a0cfbaabec103404852ebe15720200"),
        ("ee0a00060000000000000000000000000200", "dbf47c68322011ad3f31d2d59265a6150200"),
        ("ee0b00010400000000000000000000000200", "0de07223c90dcf1e31f7847974d96a6d0200"),
    ]
    static let inward = [
        (unlocked, "224990701b3644c11aa685df431e23a90200"), (lockAcknowledged, "15de9cc81aa1353331af600794f8f0240200"),
        (lockOK, "88cacee14d2c93d17c9031e2f081328a0000"),
    ]

    static func bytes(_ text: String) throws -> [UInt8] { try Hex.decode(text) }
    static func frame(_ text: String) throws -> AugustFrame { try AugustFrame(bytes(text)) }
    static func answer(_ text: String) throws -> AugustAnswer { AugustAnswer(try frame(text)) }

    static func credentials() throws -> AugustCredentials {
        var key = try bytes(key)
        return AugustCredentials(key: SecretBytes(wiping: &key), slot: slot)
    }

    /// The session after the handshake.
    static func session() throws -> AugustSession {
        var handshake = AugustHandshake(try credentials(), random: try bytes(random))
        _ = try handshake.begin()
        _ = try handshake.take(bytes(Self.handshake[1]))
        guard case .done(let session) = try handshake.take(bytes(Self.handshake[3])) else { throw AugustHandshake.Failure.crypto }
        return session
    }
}
