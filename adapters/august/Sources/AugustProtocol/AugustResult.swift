import LockModel

/// How an order ended, by the lock's byte: zero, or why not.
package struct AugustResult: Error, Sendable, Equatable {
    package let code: UInt8

    package init(code: UInt8) { self.code = code }

    package var isOK: Bool { code == 0 }

    /// In words for the operator.
    package var words: String {
        switch code {
        case 0x00: "done"
        case 0x04: "codes are turned off"
        case 0x05: "that access is not possible for a code"
        case 0x06: "the code is in use already"
        case 0x07: "no room for another code"
        case 0x08: "the code came too late"
        case 0x09: "locking by one touch is on"
        case 0x1E: "the motor ran too long"
        case 0x1F: "the bolt is not where it should be"
        case 0x20: "the motor turns the wrong way"
        case 0x21, 0x22, 0x23: "the mechanics are out of place; was the handle lifted?"
        case 0x32: "the batteries are too weak"
        case 0x33: "the lock is too hot"
        case 0x37: "the lock can't do that"
        case 0x38: "not authorised"
        case 0x3A: "the lock did not understand"
        case 0x3D: "the lock is not set up"
        case 0x3E: "busy"
        case 0x45: "the slot is in use"
        default: "result 0x" + String(code, radix: 16)
        }
    }

    /// The bus's word for it, where the motor was to move.
    package var reason: Reason {
        switch code {
        case 0x1E, 0x1F, 0x20, 0x21, 0x22, 0x23: .lockJammed
        case 0x32: .batteryCritical
        case 0x37: .unsupported
        case 0x3E: .busy
        default: .adapterFailed
        }
    }
}
