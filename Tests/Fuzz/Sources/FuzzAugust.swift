import AugustProtocol
import LockCrypto
import WireBytes

/// What an August lock, or whoever speaks in its place, says: the first byte chooses by which reader the rest is taken.
///
/// Properties: a frame that is taken has its length and its sum, and read and made again it is the same; what is said on a session by who lacks its key ends
/// it, and nothing is taken afterwards; a handshake never ends in a session with somebody who does not know the key; a code that is read packs again to the
/// same bytes.
@Sendable func fuzzAugust(_ bytes: [UInt8]) -> Bool {
    guard let kind = bytes.first else { return false }
    let rest = Array(bytes.dropFirst())
    switch kind {
    case 0: return takesFrame(rest)
    case 1: return takesOnSession(rest)
    case 2: return shakesHands(rest)
    case 3: return takesAdvertisements(rest)
    case 4: return takesCode(rest)
    case 5: return takesCredentials(rest)
    default: return false
    }
}

/// Always the same, so that a finding can be repeated.
private let secret: SecretBytes = {
    var bytes = [UInt8](repeating: 0x11, count: 16)
    return SecretBytes(wiping: &bytes)
}()

/// A frame in clear, with its checksum set right first unless it begins with FF: hardly an input would come past it.
private func takesFrame(_ bytes: [UInt8]) -> Bool {
    var clear = bytes.first == 0xFF ? Array(bytes.dropFirst()) : bytes
    if bytes.first != 0xFF, clear.count > 3 { clear[3] = clear[3] &- clear.reduce(0, &+) }
    guard let frame = try? AugustFrame(clear) else { return false }
    precondition(clear.count == AugustFrame.length && clear.reduce(0, &+) == 0)
    precondition((try? AugustFrame(frame.bytes)) == frame, "read again it is the same")
    if case .code(_, let field, _) = AugustAnswer(frame) { _ = takesCode(field) }
    return AugustAnswer(frame) != .other
}

/// Ciphered by the lock's own stream, which the fuzzer's bytes are one frame of; then as they are.
private func takesOnSession(_ bytes: [UInt8]) -> Bool {
    var session = AugustSession(key: secret)
    var lock = AugustSession(key: secret)
    guard let clear = try? AugustFrame(bytes), let wire = try? lock.seal(clear) else {
        precondition((try? session.open(bytes)) == nil || bytes.count == AugustFrame.length)
        if session.isOver { precondition((try? session.seal(.popActivity)) == nil, "nothing is said after the end") }
        return false
    }
    precondition((try? session.open(wire)) == clear, "what is ciphered in step opens")
    precondition((try? session.open(wire)) != clear, "and not twice")
    return true
}

/// The lock's frames, each after its length.
private func shakesHands(_ bytes: [UInt8]) -> Bool {
    var handshake = AugustHandshake(AugustCredentials(key: secret, slot: 1), random: [UInt8](repeating: 0x22, count: 16))
    guard (try? handshake.begin()) != nil else { return false }
    var reader = ByteReader(bytes)
    var written = 0
    var isOver = false
    while let count = try? reader.byte(), let frame = try? reader.take(Int(count)) {
        do throws(AugustHandshake.Failure) {
            switch try handshake.take(frame) {
            case .write: written += 1
            case .done: precondition(written == 1, "a session comes of both steps")
            }
            precondition(!isOver, "nothing comes after the end")
        } catch {
            isOver = true
        }
    }
    return written > 0
}

/// Manufacturer data: a length, a company in two bytes, its bytes.
private func takesAdvertisements(_ bytes: [UInt8]) -> Bool {
    var known = AugustAdvertisement([])
    var reader = ByteReader(bytes)
    var isChanged = false
    while let count = try? reader.byte(), let company = try? reader.uint16(), let data = try? reader.take(Int(count)) {
        let heard = AugustAdvertisement([(Int(company), data)])
        isChanged = known.take(heard) || isChanged
        precondition(!known.take(heard), "the same again is no change")
    }
    return isChanged
}

private func takesCode(_ bytes: [UInt8]) -> Bool {
    guard let digits = try? AugustCode.digits(bytes) else { return false }
    precondition(AugustCode.packed(digits) == bytes, "packed again it is the same")
    return true
}

private func takesCredentials(_ bytes: [UInt8]) -> Bool {
    guard let credentials = AugustCredentials(text: String(decoding: bytes, as: UTF8.self)) else { return false }
    precondition(credentials.keyDigits.utf8.count == 32)
    return true
}
