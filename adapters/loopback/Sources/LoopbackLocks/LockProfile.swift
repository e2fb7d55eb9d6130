import LockModel

/// How one virtual lock is made and how it stands when the program starts.
struct LockProfile: Decodable, Equatable {
    /// Its name on the socket.
    var name: String
    /// Where its door is; `absent` means it has no contact.
    var door = DoorState.absent
    var bolt = BoltState.locked
    /// How long its motor turns; 0 means it is there at once.
    var motorMilliseconds = 1000
    /// How long the latch stays pulled before it springs back.
    var latchMilliseconds = 1000
    /// Its own auto-relock; `nil` where it has none.
    var autoRelock: AutoRelock?
    /// Whether it can be told to lock itself so many seconds after one unlock.
    var timedUnlock = false
    /// Whether it can pull its latch.
    var unlatch = false
    var battery = Battery(percent: 100, level: .ok)
    /// How long one of its seconds lasts, so that a test need not wait for real ones.
    var secondMilliseconds = 1000

    init(name: String) { self.name = name }

    private enum Member: String, CodingKey {
        case name, door, bolt, motorMilliseconds, latchMilliseconds, autoRelock, timedUnlock, unlatch, battery, secondMilliseconds
    }

    /// Reads a profile; everything but the name has a default.
    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Member.self)
        self.init(name: try members.decode(String.self, forKey: .name))
        door = try members.decodeIfPresent(DoorState.self, forKey: .door) ?? door
        bolt = try members.decodeIfPresent(BoltState.self, forKey: .bolt) ?? bolt
        motorMilliseconds = try members.decodeIfPresent(Int.self, forKey: .motorMilliseconds) ?? motorMilliseconds
        latchMilliseconds = try members.decodeIfPresent(Int.self, forKey: .latchMilliseconds) ?? latchMilliseconds
        autoRelock = try members.decodeIfPresent(AutoRelock.self, forKey: .autoRelock)
        timedUnlock = try members.decodeIfPresent(Bool.self, forKey: .timedUnlock) ?? timedUnlock
        unlatch = try members.decodeIfPresent(Bool.self, forKey: .unlatch) ?? unlatch
        battery = try members.decodeIfPresent(Battery.self, forKey: .battery) ?? battery
        secondMilliseconds = try members.decodeIfPresent(Int.self, forKey: .secondMilliseconds) ?? secondMilliseconds
    }

    /// What an adapter declares for it.
    var capabilities: LockCapabilities {
        LockCapabilities(
            lock: true, unlock: true, unlatch: unlatch,
            timedUnlock: timedUnlock ? .init(min: 1, max: 600) : nil,
            autoRelock: autoRelock.map { .init(min: 1, max: 600, waitsForDoor: $0.waitsForDoor) },
            doorSensor: door != .absent, battery: true, jam: true, log: false, actor: true,
            connectMilliseconds: 500, motorMilliseconds: motorMilliseconds)
    }
}
