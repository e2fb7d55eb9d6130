/// The version of Lockbridge that this is.
package enum GatewayVersion {
    /// In replies, records, `version`, and against every manifest's `minimumGateway`.
    package static let text = "0.1.0"
}

extension Manifest {
    /// Why an adapter does not run under a gateway of that version, in words that say what to do; `nil` where it does.
    package func refusal(byGateway version: String = GatewayVersion.text) -> String? {
        guard let gateway = SemanticVersion(version), gateway < minimumGateway else { return nil }
        return
            "\(name) \(self.version) needs Lockbridge \(minimumGateway) or newer, and this is \(version): update Lockbridge, or take an older version of the adapter"
    }
}
