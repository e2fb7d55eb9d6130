import GatewayCore
import LockModel

/// A plan lived to its end, or to the first invariant that does not hold.
package enum Life {
    /// Lives a plan in a world of its own.
    ///
    /// - Parameter isTold: keep a timeline. It costs time.
    package static func lived(
        _ plan: Plan, store: any RecordStore = MemoryStore(), bug: SeededBug? = nil, isTold: Bool = false
    ) -> World {
        let world = World(store: store, bug: bug, locks: doors, isTold: isTold)
        world.settings.buses = [Home.bus: [Home.anna, Home.shop, Home.rival, Home.olga]]
        world.livesOn = true
        world.acknowledgesEvents = true
        world.moveIn(locks: Home.locks, alwaysLocked: plan.alwaysLocked)
        world.admin(.addPrincipal(Principal(id: Home.olga, role: .operator, keys: [Home.key(of: Home.olga)])))
        for grant in plan.grants { world.give(grant) }
        for lock in Home.locks { world.disturb(lock) }
        world.timeline?.removeAll()
        world.epoch = world.now
        world.movedInAt = world.lastRecord
        for step in plan.steps {
            world.advance(world.epoch + step.at - world.now)
            guard world.violations.isEmpty else { return world }
            world.perform(step.do)
            guard world.violations.isEmpty else { return world }
        }
        end(world, healSeconds: plan.healSeconds)
        return world
    }

    /// Lets everything heal, and checks that every door found its way back.
    private static func end(_ world: World, healSeconds: Int64) {
        world.checkFold()
        guard healSeconds > 0 else { return }
        if world.isUp && (world.machine.isFrozen || world.machine.isStopping) { world.crash() }
        world.tell(.action, "all is well from here on")
        world.heal()
        world.seconds(healSeconds)
        guard world.violations.isEmpty, !world.witness.isLost else { return }
        world.checkFold()
        world.checkEnds()
    }

    /// The locks of the home: one with contact and battery, one with neither, one of another adapter with a slow motor and a timed unlock.
    private static var doors: [LockID: VirtualLock] {
        var back = VirtualLock()
        back.capabilities.doorSensor = false
        back.capabilities.battery = false
        back.door = .absent
        var side = VirtualLock()
        side.adapter = Home.other
        side.capabilities.motorMilliseconds = 8000
        side.capabilities.timedUnlock = LockCapabilities.SecondsRange(min: 5, max: 120)
        side.capabilities.unlatch = true
        return [Home.front: VirtualLock(), Home.back: back, Home.side: side]
    }
}

extension World {
    /// The gateway is started if it is down, and everything works.
    func heal() {
        calm()
        if !isUp && !witness.isLost { start() }
        calm()
    }
}
