import LockModel
import Simulation
import Testing

@testable import GatewayCore

/// One way for a command to be wrong, and the reason it is refused with.
struct Wrong: CustomTestStringConvertible, Sendable {
    let name: String
    let reason: Reason
    var prepare: @Sendable (World) -> Void = { _ in }
    var grant: @Sendable (inout Grant) -> Void = { _ in }
    var change: @Sendable (inout CommandToken) -> Void = { _ in }
    var testDescription: String { name }

    init(
        _ name: String, _ reason: Reason, prepare: @escaping @Sendable (World) -> Void = { _ in },
        grant: @escaping @Sendable (inout Grant) -> Void = { _ in }, change: @escaping @Sendable (inout CommandToken) -> Void = { _ in }
    ) {
        self.name = name
        self.reason = reason
        self.prepare = prepare
        self.grant = grant
        self.change = change
    }

    static func suspend(_ world: World) {
        world.admin(.suspend(shop, key: nil))
    }

    /// In the order of checks (`bus-reference`).
    static let all: [Wrong] = [
        Wrong("from somebody else than its topic", .wrongPrincipal, change: { $0.envelope.issuer = rival }),
        Wrong("for another gateway", .wrongGateway, change: { $0.audience = "gw-somewhereelse" }),
        Wrong("for a lock that is not here", .unknownLock, change: { $0.lock = named("cellar") }),
        Wrong("while the clock is not believed", .clockUntrusted, prepare: { $0.wall -= 86_400_000 }),
        Wrong("from the future", .notYetValid, change: { $0.envelope.issuedAt = $0.envelope.issuedAt.advanced(byMilliseconds: 5001) }),
        Wrong("past its expiry", .expired, change: { $0.expires = $0.envelope.issuedAt.advanced(byMilliseconds: -5000) }),
        Wrong("with a kid nobody enrolled", .badSignature, change: { $0.envelope.keyID = "another" }),
        Wrong("with an alg its key is not for", .malformed, change: { $0.envelope.algorithm = .es256 }),
        Wrong("with a signature that does not verify", .badSignature, prepare: { $0.signatures = .invalid }),
        Wrong("from a suspended retailer", .suspended, prepare: suspend),
        Wrong(
            "signed with a suspended key", .suspended,
            prepare: { world in
                let keyID = key(of: shop).id
                world.admin(.suspend(shop, key: keyID))
            }),
        Wrong("without a grant", .noGrant, change: { $0.grant = nil }),
        Wrong("with a grant that is another retailer's", .noGrant, grant: { $0.retailer = rival }),
        Wrong("with another lock's grant", .grantMismatch, change: { $0.lock = back }),
        Wrong("with another hash of its grant", .grantMismatch, change: { $0.grantHash = digest(77) }),
        Wrong("for an action its grant does not allow", .actionNotAllowed, grant: { $0.actions = [.code] }),
        Wrong(
            "before its grant begins", .outsideWindow,
            grant: { $0.notBefore = $0.notBefore.advanced(byMilliseconds: 60_000) }),
        Wrong(
            "between its grant's windows", .outsideWindow,
            grant: {
                let later = $0.notBefore.advanced(byMilliseconds: 3_600_000)
                $0.windows = [.interval(from: later, to: later.advanced(byMilliseconds: 60_000))]
            }),
        Wrong("with a grant for no uses", .grantUsedUp, grant: { $0.maxUses = 0 }),
        Wrong("by a courier its grant does not name", .courierNotAllowed, grant: { $0.couriers = ["bob"] }, change: { $0.courier = "eve" }),
        Wrong("without the courier its grant names", .courierNotAllowed, grant: { $0.couriers = ["bob"] }, change: { $0.courier = nil }),
        Wrong("under a grant that allows no courier", .courierNotAllowed, grant: { $0.couriers = [] }, change: { $0.courier = "bob" }),
        Wrong("for longer than its grant allows", .openSecondsTooLong, change: { $0.openSeconds = 61 }),
        Wrong("for an action the lock has not", .unsupported, change: { $0.action = .unlatch }),
        Wrong("while the lock's adapter is gone", .lockOffline, prepare: { $0.linkDown(front) }),
        Wrong(
            "while the lock was not read since its adapter came back", .recovering,
            prepare: { world in
                world.linkDown(front)
                world.doors[front]?.reading = .never
                world.linkUp(front)
            }),
        Wrong(
            "while the bolt is stuck", .lockJammed,
            prepare: { world in
                world.linkDown(front)
                world.doors[front]?.isJammed = true
                world.doors[front]?.bolt = .notFullyLocked
                world.linkUp(front)
                world.seconds(1)
            }),
        Wrong("while the door stands open", .doorOpen, prepare: { $0.swing(front, to: .open) }),
        Wrong(
            "while the battery is critical", .batteryCritical,
            prepare: { world in
                world.doors[front]?.battery = Battery(percent: 2, level: .critical)
                world.observe(front, .unspecified)
                world.drain()
            }),
        Wrong("when its grant wants more relock assurance than there is", .relockDoubtful, grant: { $0.minRelock = .lockAuto }),
    ]
}

@Suite("A command is refused")
struct RefusalTests {
    @Test("with its reason, spends no id and no use, and moves nothing", arguments: Wrong.all)
    func refused(wrong: Wrong) {
        let world = World.home()
        let grant = world.grant(wrong.grant)
        wrong.prepare(world)
        let before = world.lastRecord
        let command = world.command(grant: grant, change: wrong.change)
        world.send(.command(command), from: shop, kind: .command)
        let reply = world.replies.last?.reply
        #expect(reply?.id == command.envelope.id)
        #expect(reply?.status == .refused)
        #expect(reply?.reason == wrong.reason)
        #expect(reply?.final == true)
        #expect(world.unlocks() == 0)
        #expect(world.lastRecord == before)
        #expect(world.machine.ledger.usedIDs.find(shop, command.envelope.id) == nil)
        #expect(world.machine.ledger.obligations.isEmpty)
        #expect(world.machine.ledger.uses[grant.id] == nil)
    }

    @Test("with the reason that comes first, whatever else is wrong with it", arguments: Wrong.all.indices)
    func order(first: Int) {
        // What a lock can do is not known while its adapter is gone.
        let wrongs = Wrong.all[first...].filter { $0.reason != .lockOffline || Wrong.all[first].reason == .lockOffline }
        let world = World.home()
        let grant = world.grant { for wrong in wrongs.reversed() { wrong.grant(&$0) } }
        for wrong in wrongs.reversed() { wrong.prepare(world) }
        let command = world.command(grant: grant) { for wrong in wrongs.reversed() { wrong.change(&$0) } }
        world.send(.command(command), from: shop, kind: .command)
        #expect(world.replies.last?.reply.reason == Wrong.all[first].reason)
        #expect(world.drives.isEmpty)
    }

    @Test("as retained when it was retained, before anything else is looked at")
    func retained() {
        let world = World.home()
        let grant = world.grant()
        let command = world.send(world.command(grant: grant), retained: true)
        #expect(world.replies(to: command).map(\.reason) == [.retained])
        world.send(.refused(.malformed, detail: nil, id: nil), from: shop, kind: .command, retained: true)
        #expect(world.replies.last?.reply.reason == .retained)
        #expect(world.replies.last?.reply.digest != nil)
    }

    @Test("by a gateway that does not know its sender")
    func unknownPrincipal() {
        let world = World.home()
        let stranger: PrincipalID = named("stranger")
        world.send(.command(world.command(by: stranger)), from: stranger, kind: .command)
        #expect(world.replies.last?.reply.reason == .unknownPrincipal)
    }

    @Test("once its retailer asks faster than five a second with a burst of twenty, and told when to try again")
    func rateLimited() {
        let world = World.home()
        for _ in 0..<20 { world.send(world.command(.check)) }
        let late = world.send(world.command(.check))
        #expect(world.replies(to: late).map(\.reason) == [.rateLimited])
        #expect(world.replies(to: late).last?.retryAfterSeconds == 1)
        #expect(world.machine.ledger.usedIDs.find(shop, late.envelope.id) == nil)
        world.seconds(1)
        world.send(late)
        #expect(world.replies(to: late).last?.status == .accepted)
    }

    @Test("as quotaFull when no more ids can be kept, and none is dropped for it")
    func quotaFull() {
        let world = World.home {
            $0.settings.limits.usedIDSeconds = 2
            $0.settings.limits.issuerRatePerSecond = 1
            $0.settings.limits.issuerBurst = 2
        }
        var sent: [CommandToken] = []
        for _ in 0..<8 {
            sent.append(world.send(world.command(.check)))
            world.advance(400)
        }
        #expect(sent.allSatisfy { world.replies(to: $0).count == 1 })
        #expect(world.machine.ledger.usedIDs.count(of: shop) <= world.settings.limits.usedIDQuota)
    }

    @Test("as recovering until the lock was read after the start, also while its adapter is not there yet")
    func recoveringAtStart() {
        let world = World.home()
        let grant = world.grant()
        world.attachesLocks = false
        world.crash()
        world.start()
        #expect(world.replies(to: world.unlock(grant)).last?.reason == .recovering)
        world.doors[front]?.reading = .never
        world.linkUp(front)
        #expect(world.replies(to: world.unlock(grant)).last?.reason == .recovering)
        world.doors[front]?.reading = .truly
        world.seconds(20)
        #expect(world.replies(to: world.unlock(grant)).last?.status == .accepted)
    }
}
