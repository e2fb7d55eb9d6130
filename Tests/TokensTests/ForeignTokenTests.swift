import LockCrypto
import LockModel
import Testing
import WireBytes

@testable import Tokens

@Suite("Tokens of other issuers")
struct ForeignTokenTests {
    /// Made once with Python's `json` and `cryptography` (`json.dumps` writes blanks, and orders `alg, kid, typ`).
    static let tokens: [(JSONObject, String)] = [
        (
            ["crv": "Ed25519", "kty": "OKP", "x": "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"],
            "eyJhbGciOiAiRWREU0EiLCAia2lkIjogIjFJRzJ0TUg3SjJ3Ykpabk9mOExKelFpdEtmN0xNdm9BRWxzdURNVk01NFkiLCAidHlwIjogImxiLW"
                + "NtZCtqd3QifQ.eyJpc3MiOiAiYWNtZSIsICJhdWQiOiAiZ3ctYWJjZGVmZ2hpamtsbW5vcCIsICJsb2NrIjogImZyb250IiwgImp0aSI6ICJBQ"
                + "UVDQXdRRkJnY0lDUW9MREEwT0R3IiwgImlhdCI6IDE4MDAwMDAwMDAsICJleHAiOiAxODAwMDAwMDYwLCAiYWN0aW9uIjogImxvY2siLCAidmV"
                + "yIjogMX0.oiSPQc11THgZHpwkKicgwvZqZxrZoK_sYiHLX28KWbBAEv3rKmB_w_z2wT09Wv4KEDvTYG9At2oKpvGq8G-wDA"
        ),
        (
            [
                "crv": "P-256", "kty": "EC", "x": "elkxgIYMQDfIPBJ0mEXI7hQk3Sl_rcuJXjWCVdLH0rI",
                "y": "qMolWA8mJv5XkGL_G5n_kcJKDaBvsytb4gFIySSfVlA",
            ],
            "eyJhbGciOiAiRVMyNTYiLCAia2lkIjogImI0S2MyVXNxS1BWOUEtbllRcUpzbGVKSEtHdDc2a2ZYWXV4SW1NYjRka1EiLCAidHlwIjogImxiLW"
                + "NtZCtqd3QifQ.eyJpc3MiOiAiYWNtZSIsICJhdWQiOiAiZ3ctYWJjZGVmZ2hpamtsbW5vcCIsICJsb2NrIjogImZyb250IiwgImp0aSI6ICJBQ"
                + "UVDQXdRRkJnY0lDUW9MREEwT0R3IiwgImlhdCI6IDE4MDAwMDAwMDAsICJleHAiOiAxODAwMDAwMDYwLCAiYWN0aW9uIjogImxvY2siLCAidmV"
                + "yIjogMX0.-Ep9B49iw8TxqzvkDGVCYhrGiiTQ8LOtN25cZsejI9kk7n4FfDpycQReZ3M_vB_PR-0S5A_UveMDCAVyq1QBQQ"
        ),
    ]

    @Test("a token made by other software is read, and verifies with its key found by kid", arguments: tokens)
    func acceptsForeign(jwk: JSONObject, text: String) throws {
        let key = try VerifyingKey(jwk: jwk)
        let token = try TokenParser.parse(Array(text.utf8), as: .command)
        #expect(token.envelope.keyID == key.thumbprint && token.envelope.id == TokenID(Sample.id) && token.gateway == Sample.gateway)
        try TokenVerifier.verify(token.envelope, with: key)
    }
}
