import LockCrypto

/// What a bond's key is worth.
package enum BondLevel: String, Sendable, Comparable, CaseIterable {
    /// Nobody made sure who was at the other end when it was made.
    case encrypted
    /// A human did.
    case authenticated

    package static func < (left: BondLevel, right: BondLevel) -> Bool { left == .encrypted && right == .authenticated }
}

/// What is kept of a pairing: the key to encrypt every later link with, what it is worth, and how to know the lock again.
///
/// Level and key are one value, so that neither is ever used with another's. Keys wipe and never print.
package struct Bond: Sendable {
    /// Bytes in a key: less is refused, while pairing and when a bond is read.
    package static let keySize = 16

    /// 16 bytes, most significant first.
    package let longTermKey: SecretBytes
    package let level: BondLevel
    /// Public or static random: the address the lock is known by.
    package let identity: BluetoothAddress
    /// Resolves the lock's changing addresses; `nil` when it has none.
    package let identityResolvingKey: SecretBytes?
    /// The address we paired under, which the lock knows us by; another one finds no key with it.
    package let ownAddress: BluetoothAddress

    package init(
        longTermKey: SecretBytes, level: BondLevel, identity: BluetoothAddress, identityResolvingKey: SecretBytes?,
        ownAddress: BluetoothAddress
    ) {
        self.longTermKey = longTermKey
        self.level = level
        self.identity = identity
        self.identityResolvingKey = identityResolvingKey
        self.ownAddress = ownAddress
    }
}
