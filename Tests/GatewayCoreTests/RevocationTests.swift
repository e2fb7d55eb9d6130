import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("What a resident takes back")
struct RevocationTests {
    private func revoke(
        _ world: World, grants: [Grant] = [], retailers: [PrincipalID] = [], allBefore: Int64? = nil, sequence: Int64? = nil
    ) {
        let token = RevocationToken(
            envelope: world.envelope(anna), audience: gatewayName, residentSequence: sequence ?? world.nextToken(),
            grants: grants.map(\.id),
            retailers: retailers, allBefore: allBefore)
        world.send(.revocation(token), from: anna, kind: .grant)
    }

    @Test("no unlock after a durable revocation, whether it names the grant, the retailer, or everything", arguments: 0..<3)
    func covered(way: Int) {
        let world = World.home()
        let grant = world.grant()
        switch way {
        case 0: revoke(world, grants: [grant])
        case 1: revoke(world, retailers: [shop])
        default: revoke(world, allBefore: grant.residentSequence)
        }
        let command = world.unlock(grant)
        #expect(world.replies(to: command).map(\.reason) == [.grantRevoked])
        #expect(world.unlocks() == 0)
        #expect(world.statuses.last?.status == .revoked)
    }

    @Test("it is acknowledged only once it is durable, and counts before")
    func durableFirst() {
        let world = World.home()
        let grant = world.grant()
        world.commitsAtOnce = false
        let before = world.replies.count
        revoke(world, grants: [grant])
        #expect(world.replies.count == before)
        world.unlock(grant)
        world.commit()
        world.commit()
        #expect(world.replies.dropFirst(before).contains { $0.reply.kind == .grant && $0.reply.status == .accepted })
        #expect(world.unlocks() == 0)
    }

    @Test("a revocation that comes after the command was accepted stops what was not sent")
    func betweenAcceptAndDrive() {
        let world = World.home { $0.acknowledgesNotices = false }
        let grant = world.grant()
        let command = world.unlock(grant)
        revoke(world, grants: [grant])
        for held in world.heldNotices { world.give(.noticeAcknowledged(held.lock, held.operation)) }
        #expect(world.unlocks() == 0)
        #expect(world.replies(to: command).last?.reason == .grantRevoked)
        #expect(world.machine.ledger.obligations.isEmpty)
    }

    @Test("a door that is open by a grant revoked meanwhile is locked in its time")
    func openDoor() {
        let world = World.home()
        let grant = world.grant()
        let command = world.unlock(grant, openSeconds: 5)
        world.seconds(3)
        revoke(world, grants: [grant])
        world.seconds(30)
        #expect(world.statuses(of: command) == [.accepted, .unlocked, .secured])
        #expect(world.locks() == 1)
    }

    @Test("revocations apply in any order, and a newer grant is not touched by an older one")
    func anyOrder() {
        let world = World.home()
        let old = world.grant { $0.residentSequence = 10 }
        let new = world.grant { $0.residentSequence = 20 }
        revoke(world, allBefore: 15, sequence: 16)
        revoke(world, allBefore: 5, sequence: 6)
        #expect(world.machine.ledger.grants[old.id]?.revokedAt != nil)
        #expect(world.machine.ledger.grants[new.id]?.revokedAt == nil)
        world.unlock(new)
        world.seconds(2)
        #expect(world.unlocks() == 1)
    }

    @Test("a grant revoked before it arrived is refused when it comes, also after a restart")
    func beforeArrival() {
        let world = World.home()
        let unseen = Grant(
            id: tokenID(777), hash: digest(777), resident: anna, retailer: shop, gateway: gatewayName, lock: front,
            issuedAt: world.instants.wall,
            notBefore: world.instants.wall, expires: world.instants.wall.advanced(byMilliseconds: 1_000_000), actions: [.unlock],
            maxUses: 1,
            openSeconds: 10, residentSequence: world.nextToken())
        revoke(world, grants: [unseen])
        world.crash()
        world.start()
        world.seconds(1)
        var envelope = world.envelope(anna)
        envelope.id = unseen.id
        envelope.hash = unseen.hash
        world.send(.grant(GrantToken(envelope: envelope, grant: unseen), text: "t"), from: anna, kind: .grant)
        #expect(world.replies.last?.reply.reason == .grantRevoked)
        #expect(world.machine.ledger.grants[unseen.id] == nil)
    }

    @Test("the same revocation again records nothing new")
    func again() {
        let world = World.home()
        let grant = world.grant()
        revoke(world, grants: [grant], sequence: 500)
        let last = world.lastRecord
        revoke(world, grants: [grant], sequence: 500)
        #expect(world.lastRecord == last)
        #expect(world.replies.last?.reply.status == .accepted)
    }

    @Test("each retailer hears of its own grants' end and of no other's")
    func audience() {
        let world = World.home()
        world.grant(to: shop)
        let others = world.grant(to: rival)
        revoke(world, retailers: [rival])
        #expect(world.machine.ledger.grants[others.id]?.revokedAt != nil)
        #expect(!world.events(of: shop).contains("grant.revoked"))
        #expect(world.events(of: rival).contains("grant.revoked"))
        #expect(!world.events(of: rival).contains("grant.revocationAccepted"))
    }
}
