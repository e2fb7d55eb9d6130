/// A parsed `lb-trust+jwt`: the operator's whole list of who is trusted (`bus-reference`, Tokens). It replaces the last one.
package struct TrustToken: Sendable, Codable, Equatable {
    /// A retailer or partner on the list, with all of its keys.
    package struct Entry: Sendable, Codable, Equatable {
        package var id: PrincipalID
        package var role: PrincipalRole
        package var keys: [PrincipalKey]

        package init(id: PrincipalID, role: PrincipalRole, keys: [PrincipalKey]) {
            self.id = id
            self.role = role
            self.keys = keys
        }
    }

    package var envelope: TokenEnvelope
    /// `aud`: the gateway it is meant for, as written.
    package var audience: String
    /// `tseq`: must rise from list to list.
    package var sequence: Int64
    package var principals: [Entry]
    /// Suspended principals by name and suspended keys by thumbprint; leaving one out lifts it.
    package var suspensions: [String]

    package init(envelope: TokenEnvelope, audience: String, sequence: Int64, principals: [Entry], suspensions: [String]) {
        self.envelope = envelope
        self.audience = audience
        self.sequence = sequence
        self.principals = principals
        self.suspensions = suspensions
    }
}
