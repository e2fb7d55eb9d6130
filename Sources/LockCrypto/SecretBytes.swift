import CSodium

/// Bytes that must not be seen: keys, seeds, sealed material.
///
/// Guarantees that the memory is overwritten when the last reference goes, and that printing, interpolating or dumping it
/// says `secret`. It does not keep the bytes out of swap or core dumps, and cannot wipe copies a caller makes.
package final class SecretBytes: Sendable {
    // Written in init only, read until deinit: sharing it is safe.
    nonisolated(unsafe) private let storage: UnsafeMutablePointer<UInt8>

    /// The number of bytes, which is no secret.
    package let count: Int

    /// Takes a copy of some bytes and overwrites the original.
    package init(wiping bytes: inout [UInt8]) {
        count = bytes.count
        storage = .allocate(capacity: count)
        bytes.withUnsafeBufferPointer { if let source = $0.baseAddress { storage.initialize(from: source, count: $0.count) } }
        bytes.wipe()
        bytes = []
    }

    /// Random bytes.
    package static func random(_ count: Int) -> SecretBytes {
        var bytes = randomBytes(count)
        return SecretBytes(wiping: &bytes)
    }

    deinit {
        sodium_memzero(storage, count)
        storage.deallocate()
    }

    /// Lends the bytes to a closure, which must not keep or print them.
    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: storage, count: count))
    }

    /// Lends the first byte's address, for C.
    func withPointer<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result { body(storage) }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "secret" }
    package var debugDescription: String { "secret" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
