import LockModel
import WireBytes

/// One thing that happens to the gateway: what somebody does, or how something fails. A life is a list of these.
///
/// Its JSON form is the one of `Tests/ScenarioTests`: the case's name with its members, `{"unlock": {"grant": "shop-front", …}}`.
package enum Action: Sendable, Codable, Equatable {
    // Said on a bus
    /// A command under a grant of the home.
    case command(wish: Wish)
    /// A command sent before comes again: the same bytes, or with `isAltered` others under its id.
    case again(newest: Int, isAltered: Bool, isRetained: Bool, on: PrincipalID?, delayMilliseconds: Int64)
    /// The resident takes back one grant, or everything so far.
    case revoke(grant: String?, isForged: Bool)
    /// The resident gives a grant that had been taken back, or was there never, under its name.
    case grant(name: String)
    /// The operator's list: everybody is trusted but these. An old one is the one before the last, sent again.
    case trustList(suspended: [PrincipalID], isOld: Bool)
    case bus(isThere: Bool)
    /// Whether the broker acknowledges notices from now on; those it held back are acknowledged when it does again.
    case notices(areAcknowledged: Bool)
    case signatures(delayMilliseconds: Int64)

    // Said on the admin socket
    case suspend(principal: PrincipalID)
    case resume(principal: PrincipalID)
    case lock(lock: LockID)
    case stop
    /// The operator answers for the door.
    case release(lock: LockID)
    /// The installer removes a lock, and adds it again under its name.
    case anew(lock: LockID)
    case drain
    case resumeAfterDrain
    case acceptClock

    // The disk and the process
    /// Syncs take so long; 0 is at once.
    case disk(syncMilliseconds: Int64)
    case diskFault(fault: DiskFault)
    /// The disk is all but full: only locking is still recorded, in the room kept back for it.
    case room(isScarce: Bool)
    case crash(when: CrashMoment, power: Bool, downMilliseconds: Int64)
    /// The clock is so far from the truth, and the kernel says this of it.
    case clock(errorMilliseconds: Int64, trust: TimeTrust)

    // Adapters, radios, locks, doors, people
    case unlocking(lock: LockID, is: VirtualLock.Answering)
    case locking(lock: LockID, is: VirtualLock.Answering)
    case reading(lock: LockID, is: VirtualLock.Reading)
    case confirmed(lock: LockID, by: ConfirmedBy)
    case jam(lock: LockID, isJammed: Bool)
    case battery(lock: LockID, level: Battery.Level)
    case autoRelock(lock: LockID, seconds: Int?, waitsForDoor: Bool)
    case door(lock: LockID, is: DoorState)
    case hand(lock: LockID, to: BoltState, source: ChangeSource)
    case link(lock: LockID, isUp: Bool)
    case adapterCrash(adapter: AdapterName, backMilliseconds: Int64)
    case adapterHang(adapter: AdapterName, milliseconds: Int64)
    /// The adapter repeats old answers, or tells the same again and again.
    case flood(lock: LockID, count: Int)

    /// Everything is well from here on; what was lost stays lost.
    case calm
    /// Nothing: only time goes by.
    case wait
}

extension Action {
    /// As a plan's file has it.
    package var json: String {
        do { return String(decoding: try StrictJSON.encode(self), as: UTF8.self) } catch { return "\(error)" }
    }
}

/// When a crash comes.
package enum CrashMoment: Sendable, Codable, Equatable {
    case now
    /// With the next batch handed over and nothing of it written.
    case beforeWrite
    /// With the next batch durable and nobody told.
    case afterSync
    /// In the middle of a turn, after so many more effects.
    case afterEffects(count: Int)
}

/// A command somebody wants to send, with what may be wrong with it.
package struct Wish: Sendable, Codable, Equatable {
    package enum Flaw: String, Sendable, Codable, CaseIterable {
        /// Signed by somebody else.
        case forged
        /// On another principal's topic.
        case foreignTopic
        case wrongHash
        case wrongLock
        case wrongGateway
        case retained
        case dryRun
        case expired
    }

    package var grant: String
    package var action: CommandAction
    package var openSeconds: Int
    package var delivery: String?
    package var lifeSeconds: Int
    package var flaw: Flaw?
    /// How long the broker takes, once for each copy.
    package var delaysMilliseconds: [Int64]

    package init(
        grant: String, action: CommandAction = .unlock, openSeconds: Int = 30, delivery: String? = nil, lifeSeconds: Int = 60,
        flaw: Flaw? = nil, delaysMilliseconds: [Int64] = [0]
    ) {
        self.grant = grant
        self.action = action
        self.openSeconds = openSeconds
        self.delivery = delivery
        self.lifeSeconds = lifeSeconds
        self.flaw = flaw
        self.delaysMilliseconds = delaysMilliseconds
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            grant: try container.decode(String.self, forKey: .grant),
            action: try container.decodeIfPresent(CommandAction.self, forKey: .action) ?? .unlock,
            openSeconds: try container.decodeIfPresent(Int.self, forKey: .openSeconds) ?? 30,
            delivery: try container.decodeIfPresent(String.self, forKey: .delivery),
            lifeSeconds: try container.decodeIfPresent(Int.self, forKey: .lifeSeconds) ?? 60,
            flaw: try container.decodeIfPresent(Flaw.self, forKey: .flaw),
            delaysMilliseconds: try container.decodeIfPresent([Int64].self, forKey: .delaysMilliseconds) ?? [0])
    }
}
