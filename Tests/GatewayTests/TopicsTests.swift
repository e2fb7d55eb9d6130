import LockModel
import Testing

@testable import Gateway

@Suite("Topics")
struct TopicsTests {
    private let topics = Topics(prefix: "lockbridge", gateway: "gw-abcdefghijklmnop")

    @Test("Only two levels below from/ are a message, and the first is a principal's name")
    func incoming() throws {
        let acme = try #require(PrincipalID("acme"))
        let root = "lockbridge/v1/gw-abcdefghijklmnop"
        #expect(topics.incoming(root + "/from/acme/command") == Topics.Incoming(principal: acme, level: "command"))
        for wrong in ["/from/acme", "/from/acme/command/x", "/from/ACME/command", "/from//command", "/to/acme/reply", "/from/../command"] {
            #expect(topics.incoming(root + wrong) == nil, "\(wrong)")
        }
        #expect(topics.incoming("lockbridge/v1/gw-another/from/acme/command") == nil)
    }

    @Test("A Response Topic is honoured only below the sender's own reply topic, without wildcards")
    func responseTopic() throws {
        let acme = try #require(PrincipalID("acme"))
        let own = "lockbridge/v1/gw-abcdefghijklmnop/to/acme/reply"
        #expect(topics.honouredResponseTopic(own + "/desk", acme) == own + "/desk")
        for wrong in [
            own, own + "x/desk", own + "/+", own + "/#", "lockbridge/v1/gw-abcdefghijklmnop/to/alice/reply/desk",
            own + "/" + String(repeating: "x", count: 300),
        ] {
            #expect(topics.honouredResponseTopic(wrong, acme) == nil, "\(wrong)")
        }
        #expect(topics.honouredResponseTopic(nil, acme) == nil)
    }
}
