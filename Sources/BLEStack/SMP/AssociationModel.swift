/// How two devices make sure that they talk to each other and to nobody between (Core 5.4, Vol 3 Part H 2.3.5.1).
///
/// Chosen for a lock before it is paired. What the exchange of features leads to has to be this one: a weaker one is no pairing, and neither
/// is another one, since somebody between could have a passkey typed in where a number was to be compared.
package enum AssociationModel: Sendable, Equatable, CaseIterable {
    /// Nobody compares anything: whoever answers is taken for the lock.
    case justWorks
    /// Both show six digits, and a human says whether they are the same.
    case numericComparison
    /// The lock shows or bears six digits, and a human types them in here.
    case passkeyEntry

    /// What we say we can do, so that the specification's table leads to this model or to none.
    var ioCapability: IOCapability {
        switch self {
        case .justWorks: .noInputNoOutput
        case .numericComparison: .displayYesNo
        case .passkeyEntry: .keyboardOnly
        }
    }

    /// What we ask for. For `justWorks` protection against a man in the middle is not asked: without means for it, a strict peer would have to
    /// refuse.
    var authentication: AuthenticationRequirements {
        switch self {
        case .justWorks: [.bonding, .secureConnections]
        case .numericComparison, .passkeyEntry: [.bonding, .manInTheMiddle, .secureConnections]
        }
    }

    /// What a key made in this way is worth.
    package var level: BondLevel {
        switch self {
        case .justWorks: .encrypted
        case .numericComparison, .passkeyEntry: .authenticated
        }
    }
}

/// Where the exchange of features leads (table 2.8, for Secure Connections).
package enum AssociationOutcome: Sendable, Equatable {
    case justWorks
    case numericComparison
    /// The central is typed what the peripheral shows, or both are typed the same.
    case passkeyTypedHere
    /// The peripheral is typed what the central shows.
    case passkeyShownHere
    case outOfBand

    package init(central: PairingFeatures, peripheral: PairingFeatures) {
        if central.hasOutOfBandData || peripheral.hasOutOfBandData {
            self = .outOfBand
        } else if !central.authentication.union(peripheral.authentication).contains(.manInTheMiddle) {
            self = .justWorks
        } else {
            self = Self.byCapability(central.ioCapability, peripheral.ioCapability)
        }
    }

    private static func byCapability(_ central: IOCapability, _ peripheral: IOCapability) -> AssociationOutcome {
        switch (central, peripheral) {
        case (.noInputNoOutput, _), (_, .noInputNoOutput): .justWorks
        case (.displayOnly, .displayOnly), (.displayOnly, .displayYesNo), (.displayYesNo, .displayOnly): .justWorks
        case (.displayYesNo, .displayYesNo), (.displayYesNo, .keyboardDisplay): .numericComparison
        case (.keyboardDisplay, .displayYesNo), (.keyboardDisplay, .keyboardDisplay): .numericComparison
        case (.displayOnly, .keyboardOnly), (.displayOnly, .keyboardDisplay), (.displayYesNo, .keyboardOnly): .passkeyShownHere
        case (.keyboardDisplay, .keyboardOnly): .passkeyShownHere
        case (.keyboardOnly, _), (.keyboardDisplay, .displayOnly): .passkeyTypedHere
        }
    }

    /// Whether this is what was chosen for the lock.
    func isAsEnrolled(_ model: AssociationModel) -> Bool {
        switch (model, self) {
        case (.justWorks, .justWorks), (.numericComparison, .numericComparison), (.passkeyEntry, .passkeyTypedHere): true
        case (.justWorks, _), (.numericComparison, _), (.passkeyEntry, _): false
        }
    }
}
