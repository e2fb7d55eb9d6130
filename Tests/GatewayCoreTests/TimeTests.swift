import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("How far the clock is believed")
struct TimeTests {
    private static let day: Int64 = 86_400_000

    /// A home whose clock is plausible and no more.
    private func unsynchronised() -> World {
        let world = World.home()
        world.trust = .untrusted
        return world
    }

    private func nonce(_ text: String, _ world: World) { world.give(.challenge(text)) }

    private func restart(_ world: World) {
        world.crash(power: true)
        world.start()
        world.seconds(5)
    }

    @Test("without a synchronised clock a command opens only with the nonce of the last minute")
    func nonce() {
        let world = unsynchronised()
        let grant = world.grant()
        nonce("first", world)
        #expect(world.challenges[shop] == "first")
        #expect(world.challenges[anna] == nil, "a resident gives no commands")
        let bare = world.unlock(grant)
        #expect(world.replies(to: bare).map(\.reason) == [.nonceNeeded])
        #expect(world.replies(to: bare).map(\.nonce) == ["first"])
        let wrong = world.send(world.command(grant: grant) { $0.nonce = "other" })
        #expect(world.replies(to: wrong).map(\.reason) == [.nonceNeeded])
        let fresh = world.send(world.command(grant: grant) { $0.nonce = "first" })
        world.seconds(3)
        #expect(world.statuses(of: fresh) == [.accepted, .unlocked])
    }

    @Test("a nonce is good for a minute, the one before it included")
    func nonceLife() {
        let world = unsynchronised()
        let grant = world.grant()
        nonce("first", world)
        world.seconds(30)
        nonce("second", world)
        #expect(world.statuses(of: world.send(world.command(grant: grant, delivery: "a") { $0.nonce = "first" })) == [.accepted])
        world.seconds(30)
        nonce("third", world)
        #expect(world.replies(to: world.send(world.command(grant: grant) { $0.nonce = "first" })).map(\.reason) == [.nonceNeeded])
        world.seconds(60)
        #expect(world.replies(to: world.send(world.command(grant: grant) { $0.nonce = "third" })).map(\.reason) == [.nonceNeeded])
    }

    @Test("a nonce spends no id twice: the same command again gets the stored answer")
    func nonceReplay() {
        let world = unsynchronised()
        let grant = world.grant()
        nonce("first", world)
        let command = world.send(world.command(grant: grant) { $0.nonce = "first" })
        world.send(command)
        world.seconds(3)
        #expect(world.unlocks() == 1)
        #expect(world.storedReplies.count == 1)
    }

    @Test("windows open nothing while the clock is not trusted, and a grant without them does")
    func windows() {
        let world = unsynchronised()
        nonce("first", world)
        let from = world.instants.wall
        let grant = world.grant { $0.windows = [.interval(from: from, to: from.advanced(byMilliseconds: Self.day))] }
        let command = world.send(world.command(grant: grant) { $0.nonce = "first" })
        #expect(world.replies(to: command).map(\.reason) == [.clockUntrusted])
    }

    @Test("what expires is held against the floor, which goes on with boot time")
    func floorExpiry() {
        let world = unsynchronised()
        let grant = world.grant { $0.expires = $0.notBefore.advanced(byMilliseconds: 120_000) }
        world.wall -= 4000
        world.seconds(125)
        nonce("first", world)
        let command = world.send(world.command(grant: grant) { $0.nonce = "first" })
        #expect(world.replies(to: command).map(\.reason) == [.outsideWindow])
    }

    @Test("a clock set back opens nothing and revives nothing, whatever the kernel says of it", arguments: [6000, day, 400 * day])
    func back(by milliseconds: Int64) {
        let world = World.home()
        let grant = world.grant()
        let old = world.command(grant: grant)
        world.seconds(90)
        world.wall -= milliseconds
        #expect(world.replies(to: world.send(old)).map(\.reason) == [.clockUntrusted])
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.clockUntrusted])
        guard milliseconds > 90_000 else { return }
        restart(world)
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.clockUntrusted])
        #expect(world.unlocks() == 0)
    }

    @Test("a clock that steps forward opens nothing until the operator vouches for it", arguments: [301_000, 3650 * day])
    func forward(by milliseconds: Int64) {
        let world = World.home()
        world.wall += milliseconds
        let grant = world.grant()
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.clockUntrusted])
        world.seconds(60)
        world.give(.minute)
        #expect(world.shelf.records.last?.body == .clockChanged(ClockChange(trust: .untrusted, doubt: .ahead)))
        #expect(world.replies(to: world.admin(.acceptClock)).map(\.status) == [.accepted])
        #expect(world.kinds(after: world.lastRecord - 2) == ["gateway.clockAccepted", "gateway.clockTrusted"])
        #expect(world.statuses(of: world.unlock(grant)) == [.accepted])
    }

    @Test("a step of a few minutes forward is a clock being set right")
    func smallStep() {
        let world = World.home()
        let grant = world.grant()
        world.wall += 200_000
        #expect(world.statuses(of: world.unlock(grant)) == [.accepted])
    }

    @Test("locking needs no clock")
    func lockWithoutClock() {
        let world = World.home()
        let command = world.unlock(world.grant(), openSeconds: 60)
        world.seconds(5)
        world.wall -= 400 * Self.day
        let lock = world.send(world.command(.lock, openSeconds: nil))
        world.seconds(5)
        #expect(world.statuses(of: lock) == [.accepted, .secured])
        #expect(world.statuses(of: command).last == .secured)
    }

    @Test("the floor rises by no more than the time that went by and a minute in each boot")
    func floorIsSlow() {
        let world = World.home()
        let before = world.machine.ledger.floor
        for _ in 0..<10 {
            world.wall += 250_000
            world.seconds(1)
            world.grant()
        }
        let raised = world.machine.ledger.floor?.known(atBootMilliseconds: world.now, of: "boot-1")
        let allowed = before.map { $0.known(atBootMilliseconds: world.now, of: "boot-1").advanced(byMilliseconds: 60_000) }
        #expect(raised == allowed)
    }

    @Test("a first start without a synchronised clock opens nothing")
    func neverKnown() {
        let world = World.home { $0.trust = .untrusted }
        let grant = world.grant()
        nonce("first", world)
        let command = world.send(world.command(grant: grant) { $0.nonce = "first" })
        #expect(world.replies(to: command).map(\.reason) == [.clockUntrusted])
        world.admin(.acceptClock)
        let again = world.send(world.command(grant: grant) { $0.nonce = "first" })
        #expect(world.statuses(of: again) == [.accepted])
    }

    @Test("after a restart in a new boot a synchronised clock is trusted, however long the gateway was off")
    func longOff() {
        let world = World.home()
        world.wall += 300 * Self.day
        restart(world)
        #expect(world.statuses(of: world.unlock(world.grant())) == [.accepted])
    }

    @Test("a key past its time does not come back with the clock")
    func keyExpiry() {
        let world = World.home()
        let renewed = PrincipalKey(
            id: "renewed", algorithm: .ed25519, publicKey: "", expires: world.instants.wall.advanced(byMilliseconds: 30_000))
        world.admin(.addKey(shop, renewed))
        let grant = world.grant()
        world.seconds(60)
        world.trust = .untrusted
        nonce("first", world)
        world.wall -= 4000
        let command = world.send(
            world.command(grant: grant) {
                $0.nonce = "first"
                $0.envelope.keyID = "renewed"
            })
        #expect(world.replies(to: command).map(\.reason) == [.badSignature])
    }
}
