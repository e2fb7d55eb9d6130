import LockCrypto
import Testing

@Suite("Secrets")
struct SecretBytesTests {
    @Test("a secret never prints, interpolates or dumps its bytes")
    func staysSilent() throws {
        var bytes = Array("hunter2hunter2hunter2hunter2hunt".utf8)
        let secret = SecretBytes(wiping: &bytes)
        var dumped = ""
        dump([secret], to: &dumped)
        #expect("\(secret)" == "secret" && String(reflecting: secret) == "secret")
        #expect(!dumped.contains("hunter") && !dumped.contains("storage"))
        let key = try SigningKey(ed25519Seed: secret)
        dump(key, to: &dumped)
        #expect("\(key)" == "private half of Ed25519 key \(key.verifyingKey.thumbprint)" && "\(key)" == String(reflecting: key))
        #expect(!dumped.contains("material"))
    }

    @Test("taking bytes in empties the array they came in")
    func takesBytes() {
        var bytes: [UInt8] = [1, 2, 3]
        let secret = SecretBytes(wiping: &bytes)
        #expect(bytes.isEmpty && secret.count == 3)
        #expect(secret.withUnsafeBytes { Array($0) } == [1, 2, 3])
        var none: [UInt8] = []
        #expect(SecretBytes(wiping: &none).withUnsafeBytes { $0.count } == 0)
    }

    @Test("random bytes have the length asked for and differ")
    func areRandom() {
        #expect(randomBytes(0).isEmpty)
        #expect(randomBytes(16).count == 16)
        #expect(Set((0..<1_000).map { _ in randomBytes(16) }).count == 1_000)
        #expect(SecretBytes.random(32).withUnsafeBytes { Array($0) } != SecretBytes.random(32).withUnsafeBytes { Array($0) })
    }
}
