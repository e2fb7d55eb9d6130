import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("The admin socket")
struct AdminTests {
    /// A gateway with a lock, not yet handed over.
    private func site() -> World {
        let world = World()
        world.start()
        world.admin(.addPrincipal(Principal(id: anna, role: .resident, keys: [key(of: anna)])))
        world.admin(.addLock(LockEntry(lock: front, adapter: named("loopback"), relockWaiver: "while pairing")))
        world.seconds(1)
        return world
    }

    @Test("the installer may unlock while commissioning: recorded first, relocked like any other")
    func commissioning() {
        let world = site()
        world.commitsAtOnce = false
        let ticket = world.admin(.unlock(front, openSeconds: 5))
        #expect(world.drives.isEmpty)
        #expect(world.replies(to: ticket).isEmpty)
        world.commit()
        world.commitsAtOnce = true
        world.commit()
        #expect(world.unlocks() == 1)
        world.seconds(30)
        #expect(world.replies(to: ticket).map(\.status) == [.accepted, .unlocked, .secured])
        #expect(world.doors[front]?.moves.map(\.action) == [.unlock, .lock])
        #expect(world.notices.allSatisfy { $0.owed == nil })
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("handover ends unlocking by the installer for good, restarts included")
    func handover() {
        let world = site()
        world.admin(.handover)
        for _ in 0..<2 {
            #expect(world.replies(to: world.admin(.unlock(front, openSeconds: 5))).map(\.reason) == [.actionNotAllowed])
            world.crash()
            world.start()
            world.seconds(1)
        }
        #expect(world.drives.isEmpty)
    }

    @Test("handover between acceptance and motor stops the installer's unlock")
    func handoverInBetween() {
        let world = site()
        world.commitsAtOnce = false
        let ticket = world.admin(.unlock(front, openSeconds: 5))
        world.admin(.handover)
        world.commitsAtOnce = true
        world.commit()
        world.seconds(5)
        #expect(world.drives.isEmpty)
        #expect(world.replies(to: ticket).last?.status == .failed)
    }

    @Test("the installer's unlock keeps to the lock's maximum of openSeconds", arguments: [0, 301, -1])
    func openSeconds(asked: Int) {
        let world = site()
        #expect(world.replies(to: world.admin(.unlock(front, openSeconds: asked))).map(\.reason) == [.openSecondsTooLong])
    }

    @Test("a lock may be asked for at any time, and is told secured when it is read")
    func lock() {
        let world = World.home()
        world.turn(front, to: .unlocked)
        let ticket = world.admin(.lock(front, actor: ChangeActor(kind: .installer)))
        world.seconds(5)
        #expect(world.replies(to: ticket).map(\.status) == [.accepted, .secured])
        #expect(
            world.replies(to: world.admin(.lock(named("cellar"), actor: ChangeActor(kind: .installer)))).map(\.reason) == [.unknownLock])
        world.linkDown(front)
        #expect(world.replies(to: world.admin(.lock(front, actor: ChangeActor(kind: .installer)))).map(\.reason) == [.lockOffline])
    }

    @Test("the same principal or lock again is no change; another of its name is refused")
    func again() {
        let world = site()
        let before = world.lastRecord
        let same = world.admin(.addPrincipal(Principal(id: anna, role: .resident, keys: [key(of: anna)])))
        #expect(world.replies(to: same).map(\.status) == [.accepted])
        #expect(world.lastRecord == before)
        let other = world.admin(.addPrincipal(Principal(id: anna, role: .retailer, keys: [key(of: anna)])))
        #expect(world.replies(to: other).map(\.reason) == [.idReused])
        let lock = world.admin(.addLock(LockEntry(lock: front, adapter: named("nuki"))))
        #expect(world.replies(to: lock).map(\.reason) == [.idReused])
    }

    @Test("a grant carried by the socket needs the resident's signature like any other")
    func grantBySocket() {
        let world = World.home()
        let envelope = world.envelope(anna)
        let grant = Grant(
            id: envelope.id, hash: envelope.hash, resident: anna, retailer: shop, gateway: gatewayName, lock: front,
            issuedAt: world.instants.wall, notBefore: world.instants.wall,
            expires: world.instants.wall.advanced(byMilliseconds: 86_400_000),
            actions: [.unlock], maxUses: 1, openSeconds: 30, residentSequence: 1
        )
        world.signatures = .invalid
        let token = GrantToken(envelope: envelope, grant: grant)
        #expect(world.replies(to: world.admin(.addGrant(token, text: "t"))).map(\.reason) == [.badSignature])
        world.signatures = .valid
        #expect(world.replies(to: world.admin(.addGrant(token, text: "t"))).map(\.status) == [.accepted])
        #expect(world.machine.ledger.grants[grant.id]?.token == "t")
        #expect(world.statuses.last?.id == grant.id)
    }

    @Test("a grant with something this gateway has not yet is refused when it is installed", arguments: 0..<4)
    func unsupportedGrant(kind: Int) {
        let world = World.home()
        let grant = world.grant {
            switch kind {
            case 0: $0.options.consent = true
            case 1: $0.options.camera = true
            case 2: $0.options.noTime = true
            default: $0.options.freshHours = 4
            }
        }
        #expect(world.replies.last?.reply.reason == .unsupported)
        #expect(world.machine.ledger.grants[grant.id] == nil)
    }

    @Test("a retailer's own grant is not a grant")
    func selfGrant() {
        let world = World.home()
        var envelope = world.envelope(shop)
        envelope.issuer = shop
        let grant = Grant(
            id: envelope.id, hash: envelope.hash, resident: shop, retailer: shop, gateway: gatewayName, lock: front,
            issuedAt: world.instants.wall, notBefore: world.instants.wall,
            expires: world.instants.wall.advanced(byMilliseconds: 86_400_000),
            actions: [.unlock], maxUses: 1, openSeconds: 30, residentSequence: 1
        )
        world.send(.grant(GrantToken(envelope: envelope, grant: grant), text: "t"), from: shop, kind: .grant)
        #expect(world.replies.last?.reply.reason == .wrongPrincipal)
    }
}
