/// An envelope as a trace keeps it: everything decisions rest on, and not the signed bytes, so that no trace holds a token that could be sent.
extension TokenEnvelope: Codable {
    private enum Key: String, CodingKey {
        case issuer, id, issuedAt, keyID, algorithm, hash
    }

    package init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        self.init(
            issuer: try object.decode(PrincipalID.self, forKey: .issuer), id: try object.decode(TokenID.self, forKey: .id),
            issuedAt: try object.decode(Timestamp.self, forKey: .issuedAt), keyID: try object.decode(String.self, forKey: .keyID),
            algorithm: try object.decode(KeyAlgorithm.self, forKey: .algorithm), hash: try object.decode(Digest.self, forKey: .hash),
            signingInput: [], signature: [])
    }

    package func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(issuer, forKey: .issuer)
        try object.encode(id, forKey: .id)
        try object.encode(issuedAt, forKey: .issuedAt)
        try object.encode(keyID, forKey: .keyID)
        try object.encode(algorithm, forKey: .algorithm)
        try object.encode(hash, forKey: .hash)
    }
}
