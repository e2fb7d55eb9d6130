import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("Ids and uses")
struct SpentTests {
    @Test("the same bytes again get the newest stored answer, at every stage, and never a second motor run")
    func sameBytes() {
        let world = World.home()
        let grant = world.grant()
        let command = world.unlock(grant)
        let accepted = world.lastRecord
        world.send(command, correlation: [7])
        #expect(world.storedReplies.last?.record == accepted)
        #expect(world.storedReplies.last?.id == command.envelope.id)
        #expect(world.storedReplies.last?.to == .bus(ReplyRoute(bus: bus, principal: shop, correlation: [7])))
        world.seconds(60)
        world.send(command)
        let last = world.shelf.records.last { $0.answers.contains { $0.reply.id == command.envelope.id } }
        #expect(world.storedReplies.last?.record == last?.number)
        #expect(last?.answers.first?.reply.status == .secured)
        #expect(world.unlocks() == 1)
    }

    @Test("the same bytes twice before the first was verified are one command")
    func twiceAtOnce() {
        let world = World.home()
        let grant = world.grant()
        world.signatures = .held
        let command = world.command(grant: grant)
        world.send(command)
        world.send(command)
        for ticket in world.tickets { world.give(.verified(ticket, valid: true)) }
        #expect(world.statuses(of: command) == [.accepted])
        #expect(world.storedReplies.count == 1)
        world.seconds(60)
        #expect(world.unlocks() == 1)
    }

    @Test("another token with an accepted id is refused as idReused")
    func otherBytes() {
        let world = World.home()
        let grant = world.grant()
        let command = world.unlock(grant)
        world.send(world.command(grant: grant) { $0.envelope.id = command.envelope.id })
        #expect(world.replies.last?.reply.reason == .idReused)
        #expect(world.storedReplies.isEmpty)
    }

    @Test("the same bytes after a restart get the stored answer and open nothing")
    func afterRestart() {
        let world = World.home()
        let grant = world.grant()
        let command = world.unlock(grant)
        world.seconds(60)
        world.crash()
        world.start()
        world.seconds(1)
        world.send(command)
        #expect(world.storedReplies.last?.id == command.envelope.id)
        #expect(world.unlocks() == 1)
    }

    @Test("a refused command may be sent again and is then judged anew")
    func refusedIsNotSpent() {
        let world = World.home()
        let grant = world.grant()
        world.swing(front, to: .open)
        let command = world.unlock(grant)
        #expect(world.statuses(of: command) == [.refused])
        world.swing(front, to: .closed)
        world.send(command)
        #expect(world.statuses(of: command) == [.refused, .accepted])
    }

    @Test("maxEntries 3 lets one delivery in four times for one use")
    func entries() {
        let world = World.home()
        let grant = world.grant(maxUses: 1) { $0.maxEntries = 3 }
        for _ in 0..<4 {
            #expect(world.statuses(of: world.unlock(grant, openSeconds: 5, delivery: "d-1")) == [.accepted])
            world.seconds(60)
        }
        #expect(world.replies(to: world.unlock(grant, delivery: "d-1")).map(\.reason) == [.grantUsedUp])
        #expect(world.replies(to: world.unlock(grant, delivery: "d-2")).map(\.reason) == [.grantUsedUp])
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.grantUsedUp])
        #expect(world.unlocks() == 4)
        #expect(world.machine.ledger.uses[grant.id]?.spent == 1)
        #expect(world.statuses.last?.status == .usedUp)
        #expect(world.statuses.last?.usesLeft == 0)
    }

    @Test("a command without a delivery is a use of its own")
    func plainUses() {
        let world = World.home()
        let grant = world.grant(maxUses: 2)
        for _ in 0..<2 {
            world.unlock(grant, openSeconds: 5)
            world.seconds(60)
        }
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.grantUsedUp])
        #expect(world.unlocks() == 2)
    }

    @Test("a re-entry that was never sent gives back the entry and keeps the use")
    func refundOfEntry() {
        let world = World.home()
        let grant = world.grant(maxUses: 1)
        world.unlock(grant, openSeconds: 5, delivery: "d-1")
        world.seconds(60)
        world.doors[front]?.unlocking = .only(.notSent(.busy))
        world.unlock(grant, delivery: "d-1")
        world.seconds(5)
        #expect(world.machine.ledger.uses[grant.id]?.deliveries == [GrantUses.Delivery(label: "d-1", unlocks: 1)])
    }

    @Test("check and dryRun spend their id and nothing else, and say what stands in the way")
    func checks() {
        let world = World.home()
        let grant = world.grant(maxUses: 1)
        let before = world.events(of: shop).count
        let notices = world.notices.count
        let check = world.send(world.command(.check, grant: grant, openSeconds: nil))
        #expect(world.replies(to: check).map(\.ready) == [true])
        #expect(world.replies(to: check).map(\.final) == [true])
        world.swing(front, to: .open)
        let dry = world.send(world.command(.unlock, grant: grant) { $0.dryRun = true })
        #expect(world.replies(to: dry).map(\.ready) == [false])
        #expect(world.replies(to: dry).first?.blockers == [.doorOpen])
        #expect(world.machine.ledger.uses[grant.id] == nil)
        #expect(world.events(of: shop).count == before)
        #expect(world.notices.count == notices)
        #expect(world.drives.isEmpty)
        world.send(dry)
        #expect(world.storedReplies.last?.id == dry.envelope.id)
    }

    @Test("a dryRun of lock moves nothing")
    func dryLock() {
        let world = World.home()
        let grant = world.grant()
        world.turn(front, to: .unlocked)
        let command = world.send(world.command(.lock, grant: grant, openSeconds: nil) { $0.dryRun = true })
        world.seconds(30)
        #expect(world.drives.isEmpty)
        #expect(world.replies(to: command).map(\.final) == [true])
        #expect(world.replies(to: command).first?.ready == true)
        #expect(world.doors[front]?.bolt == .unlocked)
    }

    @Test("an id is kept for its time on the boot clock and then dropped from memory and journal alike")
    func dropped() {
        let world = World.home()
        let command = world.send(world.command(.check))
        world.seconds(719)
        world.send(world.command(.check))
        #expect(world.machine.ledger.usedIDs.find(shop, command.envelope.id) != nil)
        world.seconds(2)
        world.send(world.command(.check))
        #expect(world.machine.ledger.usedIDs.find(shop, command.envelope.id) == nil)
        world.checkFold()
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("an id from another boot's clock starts its time again")
    func anotherBoot() {
        let world = World.home()
        let command = world.send(world.command(.check))
        world.seconds(700)
        world.crash()
        world.settings.bootID = "boot-2"
        world.start()
        world.seconds(700)
        world.send(world.command(.check))
        #expect(world.machine.ledger.usedIDs.find(shop, command.envelope.id) != nil)
    }
}
