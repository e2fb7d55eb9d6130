/// A parsed `lb-say+jwt`: what a resident says while a delivery is under way (`trust`, Tokens).
package struct SayToken: Sendable, Equatable {
    package var envelope: TokenEnvelope
    /// `aud`: the gateway it is meant for, as written.
    package var audience: String
    /// The delivery it speaks of.
    package var delivery: String
    /// Yes or no to the delivery; `nil` where nothing is said of it.
    package var consent: Bool?
    /// No further unlock for this delivery.
    package var veto: Bool
    /// Lock as soon as the door is closed.
    package var lockNow: Bool

    package init(
        envelope: TokenEnvelope,
        audience: String,
        delivery: String,
        consent: Bool? = nil,
        veto: Bool = false,
        lockNow: Bool = false
    ) {
        self.envelope = envelope
        self.audience = audience
        self.delivery = delivery
        self.consent = consent
        self.veto = veto
        self.lockNow = lockNow
    }
}
