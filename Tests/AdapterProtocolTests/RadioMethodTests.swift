import Testing

@testable import AdapterProtocol
import WireBytes

/// The wire form of the radio's methods: adapters in any language, the core and the radio process are held to it.
@Suite("What the radio's methods carry")
struct RadioMethodTests {
    private func roundTrip<Value: Codable & Equatable>(_ value: Value, _ text: String) throws {
        #expect(String(decoding: try StrictJSON.encode(value), as: UTF8.self) == text)
        #expect(try StrictJSON.decode(Value.self, from: try StrictJSON.parse(Array(text.utf8), maximumDepth: 16)) == value)
    }

    private let peer = RadioPeer(address: "C0:01:02:03:04:05", type: .random)
    private let peerText = #"{"address":"C0:01:02:03:04:05","type":"random"}"#

    @Test("connecting names the peer and the least security, and is answered with a link")
    func connect() throws {
        try roundTrip(
            RadioConnectParams(peer: peer, timeoutMilliseconds: 5_000, security: .encrypted),
            #"{"peer":\#(peerText),"timeoutMilliseconds":5000,"security":"encrypted"}"#)
        try roundTrip(RadioConnectResult(link: 1, mtu: 247, security: .authenticated), #"{"link":1,"mtu":247,"security":"authenticated"}"#)
    }

    @Test("values travel as lower-case hexadecimal, and nothing else is taken")
    func values() throws {
        try roundTrip(
            RadioWriteParams(link: 1, characteristic: "fff1", value: HexBytes([0x0A, 0xFF]), withResponse: true),
            #"{"link":1,"characteristic":"fff1","value":"0aff","withResponse":true}"#)
        for text in ["0A", "0", "zz"] {
            #expect(throws: JSONDecodingError.self) { try StrictJSON.decode(RadioReadResult.self, from: ["value": .string(text)]) }
        }
    }

    @Test("an advertisement carries services, service data and manufacturer data by name")
    func advertisement() throws {
        try roundTrip(
            RadioAdvertisementParams(
                peer: peer, rssi: -60, connectable: true, name: "Front", services: ["0000fff0-0000-1000-8000-00805f9b34fb"],
                serviceData: NamedBytes([.init(name: "0000fff1-0000-1000-8000-00805f9b34fb", bytes: [1])]),
                manufacturer: NamedBytes([.init(name: "004c", bytes: [2, 0x15])])),
            #"{"peer":\#(peerText),"rssi":-60,"connectable":true,"name":"Front","services":["0000fff0-0000-1000-8000-00805f9b34fb"],"#
                + #""serviceData":{"0000fff1-0000-1000-8000-00805f9b34fb":"01"},"manufacturer":{"004c":"0215"}}"#)
    }

    @Test("a filter may say as much or as little as it likes")
    func filter() throws {
        try roundTrip(
            RadioFilterParams(
                filters: [.init(services: ["fff0"], name: "Nuki"), .init(company: 76, companyPrefix: HexBytes([2]))], activity: .active),
            #"{"filters":[{"services":["fff0"],"name":"Nuki"},{"company":76,"companyPrefix":"02"}],"activity":"active"}"#)
    }

    @Test("the database of a peer is services with their characteristics and what may be done with them")
    func discover() throws {
        try roundTrip(
            RadioDiscoverResult(services: [
                .init(uuid: "a", characteristics: [.init(uuid: "b", properties: [.writeWithoutResponse, .notify])])
            ]),
            #"{"services":[{"uuid":"a","characteristics":[{"uuid":"b","properties":["writeWithoutResponse","notify"]}]}]}"#)
    }

    @Test("what is kept of a peer goes and comes back as it was")
    func peers() throws {
        try roundTrip(
            RadioPeersParams(peers: [.init(peer: peer, state: ["irk": "00"]), .init(peer: peer)]),
            #"{"peers":[{"peer":\#(peerText),"state":{"irk":"00"}},{"peer":\#(peerText)}]}"#)
        try roundTrip(RadioPeerStateParams(peer: peer, state: [:]), #"{"peer":\#(peerText),"state":{}}"#)
    }

    @Test("the radio's state says what is wrong in a word of its own")
    func status() throws {
        try roundTrip(RadioStatusParams(state: .recovering, cause: .controllerStuck), #"{"state":"recovering","cause":"controllerStuck"}"#)
    }

    @Test("a failed request carries the peer's ATT error, and a lost bond its name")
    func errors() throws {
        try roundTrip(
            RPCError(.deviceUnreachable, "refused", att: 5),
            #"{"code":1000,"message":"refused","data":{"reason":"lockOffline","att":5}}"#)
        try roundTrip(
            RPCError(.credentialRejected, "gone", detail: "bondLost"),
            #"{"code":1005,"message":"gone","data":{"reason":"adapterFailed","detail":"bondLost"}}"#)
    }

    @Test("a human's answer is a text, a number, a truth, or none")
    func prompt() throws {
        try roundTrip(
            PromptParams(kind: .confirm, text: "Is it 938554?", seconds: 30), #"{"kind":"confirm","text":"Is it 938554?","seconds":30}"#)
        try roundTrip(PromptResult(answer: .bool(true)), #"{"answer":true}"#)
        try roundTrip(PromptResult(answer: .integer(7)), #"{"answer":7}"#)
        try roundTrip(PromptResult(answer: .string("7")), #"{"answer":"7"}"#)
        try roundTrip(PromptResult(answer: nil, cancelled: true), #"{"cancelled":true}"#)
    }

    @Test("no security is less than encrypted, and that less than authenticated")
    func order() {
        #expect(RadioSecurity.none < .encrypted && .encrypted < .authenticated && !(RadioSecurity.encrypted < .none))
    }

    @Test("keys pass between the core and the radio process alone")
    func directions() {
        #expect(Method.radioPeers.row.direction == .toChild && Method.radioPeerState.row.direction == .toCore)
        #expect(Method.radioConnect.row.direction == .both && Method.radioNotified.row.direction == .both)
    }
}
