import LockModel

/// The lock's refusals: 0012, `error 1, command u16` (V2.1, "Error codes").
package struct NukiError: Error, Sendable, Equatable {
    /// The PIN was wrong.
    package static let wrongPIN: UInt8 = 0x21

    /// The lock does not know us (any more).
    package static let notAuthorized: UInt8 = 0x20

    package var code: UInt8
    /// The command it refuses, where it says.
    package var command: UInt16?

    package init(code: UInt8, command: UInt16? = nil) {
        self.code = code
        self.command = command
    }

    /// Reads the payload of 0012.
    package init(payload: [UInt8]) {
        code = payload.first ?? 0xFF
        command = payload.count >= 3 ? UInt16(payload[1]) | UInt16(payload[2]) << 8 : nil
    }

    /// In words for the operator.
    package var words: String {
        switch code {
        case 0xFD: "bad checksum"
        case 0xFE: "bad length"
        case 0x10: "the lock is not in pairing mode: hold its button for five seconds"
        case 0x11: "the lock refused our authenticator"
        case 0x12, 0x23: "a parameter out of range"
        case 0x13: "the lock has no room for another user"
        case 0x20: "not authorised: it was removed from the lock, or paired anew"
        case 0x21: "wrong PIN"
        case 0x22: "the challenge was not valid any more"
        case 0x24: "the lock does not know our authorization"
        case 0x25: "our authorization is disabled in the lock"
        case 0x26: "remote use is not allowed for our authorization"
        case 0x27: "outside the time our authorization allows"
        case 0x28: "too many wrong PINs: the lock refuses PINs for a while"
        case 0x29: "the lock has no room for another entry"
        case 0x2A: "the code is in use already"
        case 0x2B: "the lock does not take this code"
        case 0x2C, 0x2D, 0x2E: "too many wrong codes at the keypad: it takes none for a while"
        case 0x40: "auto-unlock was used too recently"
        case 0x41: "the bolt's position is not known"
        case 0x42: "the motor is blocked"
        case 0x43: "the clutch failed"
        case 0x44: "the motor ran too long"
        case 0x45: "busy"
        case 0x46: "cancelled at the lock"
        case 0x47: "not calibrated"
        case 0x48: "the motor's position limit"
        case 0x49, 0x4C: "the batteries are too weak"
        case 0x4A, 0x4B: "the motor has no power"
        case 0x4D: "the lock wants a firmware update first"
        default: "error 0x" + String(code, radix: 16)
        }
    }

    /// The bus's word for it, where the motor was to move.
    package var reason: Reason {
        switch code {
        case 0x41, 0x42, 0x43, 0x44, 0x48: .lockJammed
        case 0x45, 0x46: .busy
        case 0x49, 0x4A, 0x4B, 0x4C: .batteryCritical
        default: .adapterFailed
        }
    }
}
