import LockCrypto
import LockModel
import Tokens
import WireBytes

/// The key tokens are written and verified with; always the same, so that a finding can be repeated.
private let key: SigningKey = {
    var seed = [UInt8](repeating: 0x11, count: 32)
    guard let key = try? SigningKey(ed25519Seed: SecretBytes(wiping: &seed)) else { fatalError("no libsodium") }
    return key
}()

/// Any bytes as the payload of each topic.
@Sendable func fuzzJWS(_ bytes: [UInt8]) -> Bool {
    TokenTopic.allCases.filter { isTaken(bytes, as: $0) }.count == 1
}

/// Header and payload as plain JSON with a line feed between them: the encoding around them is made here, so that the members are reached.
@Sendable func fuzzToken(_ bytes: [UInt8]) -> Bool {
    let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return false }
    let dot = UInt8(ascii: ".")
    let encoded = parts.map { Base64URL.encodedBytes(Array($0)) }
    let signature = Base64URL.encodedBytes([UInt8](repeating: 7, count: 64))
    return fuzzJWS(encoded[0] + [dot] + encoded[1] + [dot] + signature)
}

/// A token that was taken can be written again and then says the same.
private func isTaken(_ payload: [UInt8], as topic: TokenTopic) -> Bool {
    _ = TokenParser.readableID(payload, as: topic)
    guard let token = taken(payload, topic) else { return false }
    let envelope = token.envelope
    precondition(payload.starts(with: envelope.signingInput), "the signing input is the payload's beginning")
    precondition(envelope.hash == Digest(hashing: envelope.signingInput))
    do throws(TokenRefusal) {
        try TokenVerifier.verify(envelope, with: key.verifyingKey)
        preconditionFailure("a signature nobody made verifies")
    } catch {}
    guard let written = rewritten(token) else { return true }
    guard let again = taken(written, topic), let twice = rewritten(again) else { preconditionFailure("what was written is refused") }
    precondition(written == twice, "written, read and written again, a token is the same")
    return true
}

private func taken(_ payload: [UInt8], _ topic: TokenTopic) -> Token? {
    do throws(TokenRefusal) {
        return try TokenParser.parse(payload, as: topic)
    } catch {
        precondition(error.id == nil || !payload.isEmpty)
        return nil
    }
}

/// `nil` where the canonical form is longer than the topic allows.
private func rewritten(_ token: Token) -> [UInt8]? {
    do {
        return try TokenSigner(key: key).sign(token)
    } catch let refusal as TokenRefusal where refusal.reason == .tooLarge {
        return nil
    } catch {
        preconditionFailure("a token that was read cannot be written: \(error)")
    }
}
