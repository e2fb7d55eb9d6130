import LockCrypto
import NukiProtocol
import WireBytes

/// What a Nuki lock, or whoever speaks in its place, says: the first byte chooses by which reader the rest is taken.
///
/// Properties: a message read and written again is the same; a sealed one opens by the key it was sealed with, and whatever pieces it comes in is joined to
/// the same bytes; who doesn't know the shared key never gets an authorization out of a pairing.
@Sendable func fuzzNuki(_ bytes: [UInt8]) -> Bool {
    guard let kind = bytes.first else { return false }
    let rest = Array(bytes.dropFirst())
    switch kind {
    case 0: return takesPlain(rest)
    case 1: return takesSealed(rest)
    case 2: return joins(rest, .plain)
    case 3: return joins(rest, .sealed)
    case 4: return pairs(with: rest, .upToFour)
    case 5: return pairs(with: rest, .five)
    case 6: return (try? NukiState(rest)) != nil
    case 7: return NukiService.beacon(rest) != nil
    case 8: return (try? NukiConfiguration(rest)) != nil
    case 9: return sets(rest)
    case 10: return (try? NukiLogEntry(rest)) != nil
    case 11: return lists(rest)
    default: return false
    }
}

/// Always the same, so that a finding can be repeated.
private let secret: SecretBytes = {
    var bytes = [UInt8](repeating: 0x11, count: 32)
    return SecretBytes(wiping: &bytes)
}()

private let seal = NukiSeal(authorization: 2, key: secret)

private func takesPlain(_ bytes: [UInt8]) -> Bool {
    guard let message = try? NukiMessage(plain: bytes) else { return false }
    precondition(message.plain == bytes, "read and written again, a message is the same")
    return true
}

/// The bytes as a whole sealed message, which nobody could forge, and as what is inside one.
private func takesSealed(_ bytes: [UInt8]) -> Bool {
    precondition((try? seal.open(bytes)) == nil, "sealed without the key")
    guard let (authorization, message) = try? NukiMessage.opened(bytes) else { return false }
    guard let wire = try? NukiSeal(authorization: authorization, key: secret).seal(message) else { return false }
    precondition((try? NukiSeal(authorization: authorization, key: secret).open(wire)) == message, "what is sealed opens")
    precondition((try? NukiSeal(authorization: authorization &+ 1, key: secret).open(wire)) == nil, "it is for one authorization")
    return true
}

/// An advanced configuration: what is changed and put back is as it was.
private func sets(_ bytes: [UInt8]) -> Bool {
    guard let found = try? NukiAdvancedConfiguration(bytes) else { return false }
    precondition(found.settable == Array(bytes.dropFirst(2)))
    var changed = found
    changed.setAutoLock(on: true, seconds: 120)
    precondition(changed.isAutoLockOn && changed.autoLockSeconds == 120)
    changed.setAutoLock(on: false, seconds: 120)
    precondition(!changed.isAutoLockOn)
    changed.restoreAutoLock(from: found)
    precondition(changed == found)
    return true
}

/// A keypad's code: a name of ours is written as it was read.
private func lists(_ bytes: [UInt8]) -> Bool {
    guard let code = try? NukiKeypadCode(bytes) else { return false }
    if let name = NukiCodeName(code.name) {
        precondition(name.text.utf8.count <= 20)
        precondition(NukiCodeName(name.text)?.slot == name.slot && NukiCodeName(name.text)?.mark == name.mark)
    }
    return NukiKeypadCode.addition(code.code, name: code.name).map { $0.count == 44 } ?? true
}

/// Pieces, each after its length.
private func joins(_ bytes: [UInt8], _ form: NukiAssembler.Form) -> Bool {
    var assembler = NukiAssembler(form)
    var reader = ByteReader(bytes)
    var isWhole = false
    while let count = try? reader.byte(), let piece = try? reader.take(Int(count)) {
        guard let whole = assembler.take(piece) else { continue }
        switch form {
        case .plain: precondition(whole.count >= 4)
        case .sealed: precondition(NukiSeal.length(of: whole) == whole.count, "whole by its own word")
        }
        var again = NukiAssembler(form)
        precondition(again.take(whole) == whole, "in one piece it is the same")
        isWhole = true
    }
    return isWhole
}

/// The lock's messages, each after its length. Taken is what gets as far as our proof.
private func pairs(with bytes: [UInt8], _ generation: NukiPairing.Generation) -> Bool {
    guard let publicKey = try? NaClBox.publicKey(of: secret) else { return false }
    var pairing = NukiPairing(
        generation, appID: 7, name: "Lockbridge", keys: (secret, publicKey), ourNonce: [UInt8](repeating: 0x22, count: 32))
    _ = pairing.begin()
    var reader = ByteReader(bytes)
    var written = 0
    var isOver = false
    while let count = try? reader.byte(), let message = try? reader.take(Int(count)) {
        do throws(NukiPairing.Failure) {
            switch try pairing.take(message) {
            case .write: written += 1
            case .askForPIN:
                guard case .write = try pairing.take(pin: 123_456) else { preconditionFailure("a PIN is sent") }
                written += 1
            case .done: preconditionFailure("paired with somebody who does not know the key")
            case .wait: break
            }
            precondition(!isOver, "nothing comes after the end")
        } catch {
            isOver = true
        }
    }
    return written > 1
}
