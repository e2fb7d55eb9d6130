import Testing

@testable import AdapterProtocol

@Suite("An adapter for a newer gateway")
struct GatewayVersionTests {
    @Test(
        "is refused by an older one, and by no other",
        arguments: [
            ("0.1.0", "0.1.0", false), ("0.2.0", "0.1.0", true), ("0.1.1", "0.1.0", true), ("0.1.0", "0.1.0-rc.1", true),
            ("0.1.0-rc.1", "0.1.0", false), ("0.9.0", "1.0.0", false), ("0.10.0", "0.9.9", true),
        ])
    func minimum(wanted: String, gateway: String, isRefused: Bool) throws {
        let text =
            #"{"name":"mine","title":"T","version":"2.0.0","license":"MIT","protocolVersions":[1],"role":"lock","run":["./a"],"minimumGateway":"#
        let manifest = try Manifest(reading: Array((text + "\"\(wanted)\"}").utf8))
        let refusal = manifest.refusal(byGateway: gateway)
        #expect((refusal != nil) == isRefused)
        if let refusal {
            #expect(
                refusal
                    == "mine 2.0.0 needs Lockbridge \(wanted) or newer, and this is \(gateway): update Lockbridge, or take an older version of the adapter"
            )
        }
    }

    @Test("The version of this build is one")
    func own() { #expect(SemanticVersion(GatewayVersion.text) != nil) }
}
