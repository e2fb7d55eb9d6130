import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("A journal that fails, and a gateway that stops")
struct FreezeAndStopTests {
    @Test("a frozen gateway opens nothing and says so")
    func frozen() {
        let world = World.home()
        let grant = world.grant()
        world.loseDisk()
        let command = world.unlock(grant)
        #expect(world.replies(to: command).map(\.reason) == [.frozen])
        world.seconds(60)
        #expect(world.drives.isEmpty)
        #expect(world.machine.isFrozen)
    }

    @Test("a frozen gateway locks from memory what it opened, and leaves the notice standing")
    func frozenWhileOpen() {
        let world = World.home()
        let grant = world.grant()
        let command = world.unlock(grant, openSeconds: 60)
        world.seconds(5)
        let notices = world.notices.count
        world.loseDisk()
        world.seconds(10)
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.statuses(of: command) == [.accepted, .unlocked], "secured would be said of what no record holds")
        #expect(world.notices.count == notices)
        world.crash()
        world.start()
        world.seconds(10)
        #expect(world.statuses(of: command) == [.accepted, .unlocked, .secured])
    }

    @Test("an accepted unlock whose record never became durable is never sent")
    func frozenWhileAccepted() {
        let world = World.home()
        let grant = world.grant()
        world.commitsAtOnce = false
        let command = world.unlock(grant)
        world.loseDisk()
        world.seconds(60)
        #expect(world.statuses(of: command).isEmpty)
        #expect(world.drives.isEmpty)
    }

    @Test("an unlock accepted and announced when the journal fails is not sent either")
    func frozenBeforeMotor() {
        let world = World.home { $0.acknowledgesNotices = false }
        let grant = world.grant()
        world.unlock(grant)
        world.loseDisk()
        for held in world.heldNotices { world.give(.noticeAcknowledged(held.lock, held.operation)) }
        world.seconds(60)
        #expect(world.unlocks() == 0)
    }

    @Test("a motor that unlocks when the journal fails is locked as soon as it is done")
    func frozenWhileUnlocking() {
        let world = World.home()
        let grant = world.grant()
        world.unlock(grant, openSeconds: 60)
        world.seconds(1)
        world.loseDisk()
        world.seconds(10)
        #expect(world.doors[front]?.moves.map(\.action) == [.unlock, .lock])
    }

    @Test("a stopping gateway accepts nothing")
    func stopping() {
        let world = World.home()
        let grant = world.grant()
        world.give(.stop)
        let records = world.lastRecord
        let refused = [
            world.unlock(grant), world.send(world.command(.lock, grant: grant, openSeconds: nil)),
            world.send(world.command(.check, grant: grant)),
        ]
        for command in refused { #expect(world.replies(to: command).map(\.reason) == [.shuttingDown]) }
        let late = world.grant()
        #expect(world.replies.last?.reply.reason == .shuttingDown)
        #expect(world.machine.ledger.grants[late.id] == nil)
        #expect(world.replies(to: world.admin(.lock(front, actor: ChangeActor(kind: .installer)))).map(\.reason) == [.shuttingDown])
        #expect(world.lastRecord == records)
    }

    @Test("a stopping gateway still gives the stored answer to a command it had taken")
    func storedWhileStopping() {
        let world = World.home()
        let grant = world.grant()
        let command = world.unlock(grant, openSeconds: 5)
        world.seconds(30)
        world.give(.stop)
        world.send(command)
        #expect(world.storedReplies.last?.id == command.envelope.id)
    }

    @Test("a stopping gateway lets go of what was not sent, locks what is open, and is then quiet")
    func stopRelocks() {
        let world = World.home()
        let grant = world.grant()
        let open = world.unlock(grant, openSeconds: 60)
        let waiting = world.unlock(grant)
        world.seconds(5)
        world.give(.stop)
        #expect(!world.machine.isQuiet)
        #expect(world.replies(to: waiting).last?.reason == .shuttingDown)
        world.seconds(10)
        #expect(world.statuses(of: open) == [.accepted, .unlocked, .secured])
        #expect(world.machine.isQuiet)
        #expect(world.machine.ledger.uses[grant.id]?.spent == 1)
    }

    @Test("an unlock under way when the gateway stops is locked as soon as it is answered")
    func stopWhileUnlocking() {
        let world = World.home()
        let grant = world.grant()
        world.unlock(grant, openSeconds: 60)
        world.seconds(1)
        world.give(.stop)
        world.seconds(10)
        #expect(world.doors[front]?.moves.map(\.action) == [.unlock, .lock])
        #expect(world.machine.isQuiet)
    }
}
