import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("Whom the operator listens to")
struct PrincipalChangeTests {
    private let second = PrincipalKey(id: "second", algorithm: .es256, publicKey: "k2")

    @Test("a suspended retailer is refused until it is resumed, over a restart too")
    func suspension() {
        let world = World.home()
        let grant = world.grant()
        world.admin(.suspend(shop, key: nil))
        world.crash()
        world.start()
        world.seconds(1)
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.suspended])
        world.admin(.resume(shop, key: nil))
        world.unlock(grant)
        world.seconds(2)
        #expect(world.unlocks() == 1)
    }

    @Test("a key suspended between acceptance and the motor stops the unlock")
    func keyInBetween() {
        let world = World.home { $0.acknowledgesNotices = false }
        let grant = world.grant()
        let command = world.unlock(grant)
        world.admin(.suspend(shop, key: key(of: shop).id))
        for held in world.heldNotices { world.give(.noticeAcknowledged(held.lock, held.operation)) }
        #expect(world.unlocks() == 0)
        #expect(world.replies(to: command).last?.reason == .suspended)
    }

    @Test("two keys are active while they rotate, never three, and never none")
    func rotation() {
        let world = World.home()
        #expect(world.replies(to: world.admin(.addKey(shop, second))).map(\.status) == [.accepted])
        #expect(world.machine.ledger.principals[shop]?.keys.count == 2)
        let third = PrincipalKey(id: "third", algorithm: .ed25519, publicKey: "k3")
        #expect(world.replies(to: world.admin(.addKey(shop, third))).map(\.reason) == [.quotaFull])
        world.admin(.retireKey(shop, key(of: shop).id))
        #expect(world.machine.ledger.principals[shop]?.keys.map(\.id) == ["second"])
        #expect(world.replies(to: world.admin(.retireKey(shop, "second"))).map(\.reason) == [.actionNotAllowed])
    }

    @Test("what changes nothing is recorded by nothing, and whoever is unknown is said to be")
    func nothing() {
        let world = World.home()
        let last = world.lastRecord
        world.admin(.resume(shop, key: nil))
        #expect(world.lastRecord == last)
        #expect(world.replies(to: world.admin(.suspend(named("nobody"), key: nil))).map(\.reason) == [.unknownPrincipal])
        #expect(world.replies(to: world.admin(.suspend(shop, key: "nokey"))).map(\.reason) == [.unknownPrincipal])
    }
}
