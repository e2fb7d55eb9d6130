import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("A retailer served by two buses")
struct TwoBusesTests {
    private let second: BusName = named("second")

    /// An unlock that came by the second bus and is under way.
    private func underWay() -> (World, CommandToken) {
        let world = World.home { [second] in $0.settings.buses[second] = [shop] }
        let grant = world.grant()
        let command = world.command(grant: grant, openSeconds: 30)
        let route = ReplyRoute(bus: second, principal: shop)
        world.give(.arrived(Arrival(route: route, kind: .command, isRetained: false, digest: digest(-1), content: .command(command))))
        world.seconds(5)
        return (world, command)
    }

    private func standing(_ world: World) -> Set<BusName> {
        var owed: [BusName: Bool] = [:]
        for notice in world.notices where notice.lock == front && notice.principal == shop { owed[notice.bus] = notice.owed != nil }
        return Set(owed.filter(\.value).keys)
    }

    @Test("finds the notice on the bus that brought the command, there alone, and cleared there")
    func notice() {
        let (world, _) = underWay()
        #expect(standing(world) == [second])
        world.seconds(60)
        #expect(standing(world).isEmpty)
    }

    @Test("finds it again on that bus, and on no other, when either comes back")
    func republished() {
        let (world, _) = underWay()
        world.notices = []
        world.give(.busConnected(second))
        #expect(standing(world) == [second])
        world.give(.busConnected(bus))
        #expect(standing(world) == [second])
        world.seconds(60)
        #expect(standing(world).isEmpty)
    }
}
