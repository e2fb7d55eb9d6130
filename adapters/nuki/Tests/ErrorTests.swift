import AdapterProtocol
import LockModel
import NukiProtocol
import Testing

@testable import NukiAdapter

@Suite("What a Nuki lock refuses")
struct ErrorTests {
    /// Every error the vendor has published: the bus's word where the motor was to move, and the protocol's error where nothing was to move.
    private static let table: [(code: UInt8, reason: Reason, failure: AdapterErrorCode)] = [
        (0xFD, .adapterFailed, .unsupported), (0xFE, .adapterFailed, .unsupported), (0xFF, .adapterFailed, .unsupported),
        // While pairing.
        (0x10, .adapterFailed, .notPaired), (0x11, .adapterFailed, .credentialRejected), (0x12, .adapterFailed, .unsupported),
        (0x13, .adapterFailed, .unsupported),
        // Who asks, and what.
        (0x20, .adapterFailed, .credentialRejected), (0x21, .adapterFailed, .credentialRejected), (0x22, .adapterFailed, .busy),
        (0x23, .adapterFailed, .unsupported), (0x24, .adapterFailed, .credentialRejected), (0x25, .adapterFailed, .credentialRejected),
        (0x26, .adapterFailed, .credentialRejected), (0x27, .adapterFailed, .credentialRejected),
        (0x28, .adapterFailed, .credentialRejected), (0x29, .adapterFailed, .unsupported), (0x2A, .adapterFailed, .unsupported),
        (0x2B, .adapterFailed, .unsupported), (0x2C, .adapterFailed, .unsupported), (0x2D, .adapterFailed, .unsupported),
        (0x2E, .adapterFailed, .unsupported),
        // The motor.
        (0x40, .adapterFailed, .unsupported), (0x41, .lockJammed, .unsupported), (0x42, .lockJammed, .unsupported),
        (0x43, .lockJammed, .unsupported), (0x44, .lockJammed, .unsupported), (0x45, .busy, .busy), (0x46, .busy, .unsupported),
        (0x47, .adapterFailed, .unsupported), (0x48, .lockJammed, .unsupported), (0x49, .batteryCritical, .unsupported),
        (0x4A, .batteryCritical, .unsupported), (0x4B, .batteryCritical, .unsupported), (0x4C, .batteryCritical, .unsupported),
        (0x4D, .adapterFailed, .unsupported),
    ]

    @Test("each of the vendor's errors has its reason, its error and its own words")
    func table() {
        for row in Self.table {
            let error = NukiError(code: row.code)
            #expect(error.reason == row.reason && error.failure.code == row.failure, "0x\(String(row.code, radix: 16))")
            #expect(row.code == 0xFF || !error.words.hasPrefix("error 0x"), "0x\(String(row.code, radix: 16)) has no words")
        }
        #expect(Set(Self.table.map(\.code)).count == 36)
    }

    @Test("an error nobody knows is told by its number, and is no reason to try again")
    func unknown() {
        let known = Set(Self.table.map(\.code))
        for code in UInt8.min...UInt8.max where !known.contains(code) {
            let error = NukiError(code: code)
            #expect(
                error.words == "error 0x" + String(code, radix: 16) && error.reason == .adapterFailed && error.failure.code == .unsupported)
        }
    }

    @Test("a refusal names the command it is of, where it says")
    func command() {
        #expect(NukiError(payload: [0x42, 0x0D, 0x00]) == NukiError(code: 0x42, command: 0x000D))
        #expect(NukiError(payload: [0x42]) == NukiError(code: 0x42) && NukiError(payload: []).code == 0xFF)
    }
}
