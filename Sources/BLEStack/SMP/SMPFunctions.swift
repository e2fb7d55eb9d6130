import LockCrypto

/// The functions of LE Secure Connections (Core 5.4, Vol 3 Part H 2.2), all in the specification's own order of bytes: most significant first.
/// What the wire carries the other way round is turned once, in ``SMPPDU``.
///
/// Each throws ``CryptoFailure``: `wrongLength` for inputs of another size than the specification's, which is a fault of the caller.
package enum SMPFunctions {
    /// f4, the commitment to a nonce (2.2.6).
    ///
    /// - Parameters:
    ///   - u, v: x coordinates of public keys, 32 bytes each.
    ///   - x: the nonce, 16 bytes.
    ///   - z: 0, or 0x80 and one bit of the passkey.
    package static func f4(u: [UInt8], v: [UInt8], x: [UInt8], z: UInt8) throws(CryptoFailure) -> [UInt8] {
        guard u.count == 32, v.count == 32 else { throw .wrongLength }
        return try AESCMAC.authenticate(u + v + [z], key: key(x))
    }

    /// f5, the keys (2.2.7): MacKey for the check, and the long-term key.
    ///
    /// - Parameters:
    ///   - w: the shared secret, 32 bytes.
    ///   - n1, n2: the nonces of central and peripheral.
    ///   - a1, a2: their addresses, each of 7 bytes: kind first.
    package static func f5(
        w: SecretBytes, n1: [UInt8], n2: [UInt8], a1: [UInt8], a2: [UInt8]
    ) throws(CryptoFailure) -> (macKey: SecretBytes, longTermKey: SecretBytes) {
        guard w.count == 32, n1.count == 16, n2.count == 16, a1.count == 7, a2.count == 7 else { throw .wrongLength }
        let t = try AESCMAC.derive(from: w, key: key(f5Salt))
        func output(_ counter: UInt8) throws(CryptoFailure) -> SecretBytes {
            var bytes = try AESCMAC.authenticate([counter] + Array("btle".utf8) + n1 + n2 + a1 + a2 + [0x01, 0x00], key: t)
            return SecretBytes(wiping: &bytes)
        }
        return (try output(0), try output(1))
    }

    /// f6, the check that both saw the same (2.2.8).
    ///
    /// - Parameters:
    ///   - n1: the checker's own nonce, and `n2` the other's.
    ///   - r: the passkey, or zeros.
    ///   - ioCapability: AuthReq, OOB flag and IO capability of the one who makes the check.
    ///   - a1, a2: the addresses of the one who makes it and of the other.
    package static func f6(
        w: SecretBytes, n1: [UInt8], n2: [UInt8], r: [UInt8], ioCapability: [UInt8], a1: [UInt8], a2: [UInt8]
    ) throws(CryptoFailure) -> [UInt8] {
        guard n1.count == 16, n2.count == 16, r.count == 16, ioCapability.count == 3, a1.count == 7, a2.count == 7 else {
            throw .wrongLength
        }
        return try AESCMAC.authenticate(n1 + n2 + r + ioCapability + a1 + a2, key: w)
    }

    /// g2, the number that two humans compare (2.2.9): 0 … 999999, shown as six digits with its zeros.
    package static func g2(u: [UInt8], v: [UInt8], x: [UInt8], y: [UInt8]) throws(CryptoFailure) -> UInt32 {
        guard u.count == 32, v.count == 32, y.count == 16 else { throw .wrongLength }
        let code = try AESCMAC.authenticate(u + v + y, key: key(x))
        return code.suffix(4).reduce(0) { $0 << 8 | UInt32($1) } % 1_000_000
    }

    private static let f5Salt: [UInt8] = [
        0x6C, 0x88, 0x83, 0x91, 0xAA, 0xF5, 0xA5, 0x38, 0x60, 0x37, 0x0B, 0xDB, 0x5A, 0x60, 0x83, 0xBE,
    ]

    private static func key(_ bytes: [UInt8]) -> SecretBytes {
        var copy = bytes
        return SecretBytes(wiping: &copy)
    }
}

extension BluetoothAddress {
    /// Seven bytes as f5 and f6 take them: kind, then the address, most significant first.
    package var smpBytes: [UInt8] { [kind.rawValue] + wireBytes.reversed() }
}
