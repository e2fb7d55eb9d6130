import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("The operator's list of who is trusted")
struct TrustListTests {
    private let olga: PrincipalID = named("olga")
    private let newcomer: PrincipalID = named("newcomer")

    private func home() -> World {
        let world = World.home {
            $0.settings = GatewaySettings(
                gateway: gatewayName, version: "1", bootID: "boot-1", buses: [bus: [anna, shop, rival, named("newcomer"), named("olga")]])
        }
        world.admin(.addPrincipal(Principal(id: olga, role: .operator, keys: [key(of: olga)])))
        return world
    }

    private func entry(_ id: PrincipalID) -> TrustToken.Entry { TrustToken.Entry(id: id, role: .retailer, keys: [key(of: id)]) }

    @discardableResult
    private func list(
        _ world: World, _ sequence: Int64, _ ids: [PrincipalID], suspensions: [String] = [], by issuer: PrincipalID? = nil,
        retained: Bool = false
    ) -> Reply? {
        let token = TrustToken(
            envelope: world.envelope(issuer ?? olga), audience: gatewayName, sequence: sequence, principals: ids.map(entry),
            suspensions: suspensions)
        return send(token, world, retained: retained)
    }

    private func send(_ token: TrustToken, _ world: World, retained: Bool = false) -> Reply? {
        world.send(.trust(token), from: token.envelope.issuer, kind: .trust, retained: retained)
        return world.replies.last.map(\.reply)
    }

    @Test("a list adds who is new, keeps who is on it, and suspends who is not")
    func whole() {
        let world = home()
        let (mine, theirs) = (world.grant(), world.grant(to: rival))
        let reply = list(world, 1, [shop, newcomer])
        #expect(reply?.kind == .trust && reply?.status == .accepted && reply?.final == true)
        #expect(world.machine.ledger.principals[newcomer]?.role == .retailer)
        #expect(world.replies(to: world.unlock(theirs)).map(\.reason) == [.suspended])
        #expect(world.statuses(of: world.unlock(mine)) == [.accepted])
        world.crash()
        world.start()
        world.seconds(20)
        #expect(world.machine.ledger.trust?.sequence == 1)
        #expect(world.machine.ledger.principals[rival]?.suspended == true)
    }

    @Test("a suspension holds until a list leaves it out, for principals and for single keys")
    func suspensions() {
        let world = home()
        let grant = world.grant()
        list(world, 1, [shop, rival], suspensions: [shop.text])
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.suspended])
        list(world, 2, [shop, rival], suspensions: [key(of: shop).id])
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.suspended])
        list(world, 3, [shop, rival])
        #expect(world.statuses(of: world.unlock(grant)) == [.accepted])
    }

    @Test("it takes a suspension into account between acceptance and motor")
    func lastCheck() {
        let world = home()
        world.acknowledgesNotices = false
        let command = world.unlock(world.grant())
        list(world, 1, [rival])
        for held in world.heldNotices { world.give(.noticeAcknowledged(held.lock, held.operation)) }
        world.seconds(3)
        #expect(world.replies(to: command).last?.reason == .suspended)
        #expect(world.unlocks() == 0)
    }

    @Test("an older list is stale; the same one again, as a broker keeps it, changes nothing")
    func sequences() {
        let world = home()
        let token = TrustToken(
            envelope: world.envelope(olga), audience: gatewayName, sequence: 5, principals: [entry(shop)], suspensions: [])
        #expect(send(token, world)?.status == .accepted)
        let before = world.lastRecord
        #expect(send(token, world, retained: true)?.status == .accepted)
        #expect(world.lastRecord == before)
        #expect(list(world, 5, [rival])?.reason == .staleSequence)
        #expect(list(world, 4, [rival])?.reason == .staleSequence)
        #expect(world.machine.ledger.principals[rival]?.suspended == true)
    }

    @Test("only an operator sends one, signed, for this gateway, and never about residents' keys")
    func refusals() {
        let world = home()
        #expect(list(world, 1, [shop], by: shop)?.reason == .wrongPrincipal)
        #expect(list(world, 1, [shop], by: anna)?.reason == .wrongPrincipal)
        #expect(list(world, 1, [anna])?.reason == .wrongPrincipal)
        world.signatures = .invalid
        #expect(list(world, 1, [shop])?.reason == .badSignature)
        world.signatures = .valid
        let token = TrustToken(envelope: world.envelope(olga), audience: "gw-other", sequence: 1, principals: [], suspensions: [])
        #expect(send(token, world)?.reason == .wrongGateway)
        #expect(world.machine.ledger.trust == nil)
        #expect(world.machine.ledger.principals[shop]?.suspended == false)
    }

    @Test("a suspended resident's grants open nothing")
    func resident() {
        let world = home()
        let grant = world.grant()
        list(world, 1, [shop], suspensions: [anna.text])
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.grantRevoked])
    }
}
