import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("Just before the motor, once more")
struct LastCheckTests {
    /// An accepted unlock whose notice is not acknowledged yet.
    private func accepted(_ change: (inout Grant) -> Void = { _ in }, openSeconds: Int = 30) -> (World, Grant, CommandToken) {
        let world = World.home { $0.acknowledgesNotices = false }
        let grant = world.grant(change)
        let command = world.unlock(grant, openSeconds: openSeconds)
        return (world, grant, command)
    }

    private func acknowledge(_ world: World) {
        for held in world.heldNotices { world.give(.noticeAcknowledged(held.lock, held.operation)) }
    }

    private func expectNeverSent(_ world: World, _ grant: Grant, _ command: CommandToken, _ reason: Reason) {
        #expect(world.unlocks() == 0)
        #expect(world.replies(to: command).last?.status == .failed)
        #expect(world.replies(to: command).last?.reason == reason)
        #expect(world.machine.ledger.uses[grant.id]?.spent == 0)
        #expect(world.machine.ledger.obligations.isEmpty)
    }

    @Test("a grant that expired in between is not acted on")
    func expiredGrant() {
        let (world, grant, command) = accepted({ $0.expires = $0.notBefore.advanced(byMilliseconds: 1000) })
        world.advance(1100)
        acknowledge(world)
        expectNeverSent(world, grant, command, .outsideWindow)
    }

    @Test("a retailer suspended in between is not served")
    func suspendedRetailer() {
        let (world, grant, command) = accepted()
        Wrong.suspend(world)
        acknowledge(world)
        expectNeverSent(world, grant, command, .suspended)
    }

    @Test("a resident suspended in between opens nothing by her grants")
    func suspendedResident() {
        let (world, grant, command) = accepted()
        world.admin(.suspend(anna, key: nil))
        acknowledge(world)
        expectNeverSent(world, grant, command, .grantRevoked)
    }

    @Test("a suspension that is lifted in between counts only once that is durable")
    func resumedTooEarly() {
        let (world, _, command) = accepted()
        world.admin(.suspend(shop, key: nil))
        world.commitsAtOnce = false
        world.admin(.resume(shop, key: nil))
        acknowledge(world)
        world.seconds(1)
        #expect(world.unlocks() == 0)
        world.commitsAtOnce = true
        world.commit()
        world.seconds(1)
        #expect(world.unlocks() == 1)
        #expect(world.statuses(of: command).first == .accepted)
    }

    @Test("a clock that lost its trust in between opens nothing")
    func clock() {
        let (world, grant, command) = accepted()
        world.wall -= 86_400_000
        acknowledge(world)
        expectNeverSent(world, grant, command, .clockUntrusted)
    }

    @Test("relock assurance that fell below what the grant asks for opens nothing")
    func assurance() {
        let world = World.home {
            $0.doors[front]?.autoRelock = AutoRelock(armed: true, seconds: 120, waitsForDoor: false)
            $0.acknowledgesNotices = false
        }
        let grant = world.grant { $0.minRelock = .lockAuto }
        // Two that wait; the first is cancelled, then the lock is read with its auto-relock off.
        let command = world.unlock(grant)
        #expect(world.statuses(of: command) == [.accepted])
        world.doors[front]?.autoRelock = AutoRelock(armed: false, seconds: 120, waitsForDoor: false)
        world.send(world.command(.lock, openSeconds: nil))
        world.acknowledgesNotices = true
        world.seconds(10)
        expectNeverSent(world, grant, command, .relockDoubtful)
    }

    @Test("the link gone in between opens nothing, and an acknowledgement that comes later changes nothing")
    func linkGone() {
        let (world, grant, command) = accepted()
        world.linkDown(front)
        expectNeverSent(world, grant, command, .lockOffline)
        acknowledge(world)
        world.linkUp(front)
        world.drain()
        world.seconds(5)
        acknowledge(world)
        #expect(world.drives.isEmpty)
    }

    @Test("an unlock held back by a slow disk is not sent when its time is over")
    func slowDisk() {
        let (world, grant, command) = accepted()
        world.advance(500)
        world.commitsAtOnce = false
        world.swing(back, to: .open)
        acknowledge(world)
        world.seconds(20)
        world.swing(back, to: .closed)
        let opened = world.unlocks()
        world.commit()
        world.commit()
        world.seconds(10)
        #expect(world.unlocks() == opened, "sent although its time was over")
        world.commitsAtOnce = true
        world.commit()
        world.seconds(120)
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.statuses(of: command).last == .secured || world.statuses(of: command).last == .failed)
        #expect(world.machine.ledger.uses[grant.id] != nil)
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("its notice is not acknowledged before its record is durable, so no unlock goes before that, whatever else is on disk")
    func onlyItsOwnRecord() {
        var commits = CommitMachine(lastRecord: 0)
        let drive = Effect.drive(front, OperationNumber(1), .unlock, timedSeconds: nil, ttlMilliseconds: 5000)
        #expect(performed(commits.handle(.effects([drive]))).isEmpty, "an unlock nobody recorded")
        _ = commits.handle(.turnEnded)
        #expect(performed(commits.handle(.committed(5))).isEmpty)
    }

    private func performed(_ outputs: [CommitMachine.Output]) -> [Effect] {
        outputs.compactMap { if case .perform(let effect) = $0 { effect } else { nil } }
    }
}
