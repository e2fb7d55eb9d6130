import AdapterKit
import AdapterProtocol
import NukiProtocol

extension NukiError {
    /// As an error of the protocol, for what moves nothing.
    var failure: AdapterFailure {
        switch code {
        case 0x10: AdapterFailure(.notPaired, words)
        case 0x11, 0x20, 0x21, 0x24, 0x25, 0x26, 0x27, 0x28: AdapterFailure(.credentialRejected, words)
        case 0x22, 0x45: AdapterFailure(.busy, words)
        default: AdapterFailure(.unsupported, words, reason: reason)
        }
    }
}
