import EgressProxy
import Testing

@Suite("The proxy of an adapter")
struct ConnectRequestTests {
    private static let head = "CONNECT api.onfleet.com:443 HTTP/1.1\r\nHost: api.onfleet.com:443\r\n\r\n"

    @Test("reads a CONNECT, however it is cut, and keeps what follows")
    func reads() throws {
        let bytes = Array(Self.head.utf8) + [1, 2, 3]
        for end in 0..<Self.head.utf8.count { #expect(try ConnectRequest(Array(bytes[..<end])) == nil) }
        let request = try #require(try ConnectRequest(bytes))
        #expect(request.host == AllowedHosts.Host("api.onfleet.com:443") && request.rest == [1, 2, 3])
    }

    @Test(
        "refuses what is none",
        arguments: [
            ("GET http://a/ HTTP/1.1\r\n\r\n", ConnectRequest.Refusal.notConnect), ("CONNECT a HTTP/1.1\r\n\r\n", .malformed),
            ("CONNECT a:0 HTTP/1.1\r\n\r\n", .malformed), ("CONNECT a:65536 HTTP/1.1\r\n\r\n", .malformed),
            ("CONNECT a_b:1 HTTP/1.1\r\n\r\n", .malformed), ("CONNECT a:1 HTTP/2\r\n\r\n", .malformed), ("\r\n\r\n", .malformed),
            (String(repeating: "x", count: 8192), .tooLong),
        ])
    func refuses(text: String, refusal: ConnectRequest.Refusal) {
        #expect(throws: refusal) { try ConnectRequest(Array(text.utf8)) }
    }

    @Test("connects to the hosts that are named, by name and port, and to no others")
    func allowed() throws {
        let hosts = try #require(AllowedHosts(["API.onfleet.com:443", "[2001:db8::1]:8443"]))
        for text in ["api.onfleet.com:443", "[2001:DB8::1]:8443"] { #expect(hosts.contains(try #require(AllowedHosts.Host(text)))) }
        for text in ["api.onfleet.com:80", "onfleet.com:443", "evil.api.onfleet.com:443", "api.onfleet.com.evil.example:443"] {
            #expect(!hosts.contains(try #require(AllowedHosts.Host(text))))
        }
        #expect(AllowedHosts(["onfleet.com"]) == nil)
    }
}
