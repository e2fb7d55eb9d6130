/// What one lock can do, as its adapter declared at `lock.add`. The gateway never asks for what is not declared.
public struct LockCapabilities: Sendable, Codable, Equatable {
    /// A range of seconds a lock accepts.
    public struct SecondsRange: Sendable, Codable, Equatable {
        /// The least.
        public var min: Int
        /// The most.
        public var max: Int
        /// A range.
        public init(min: Int, max: Int) {
            self.min = min
            self.max = max
        }
    }

    /// What delays the lock's own auto-relock offers.
    public struct AutoRelockRange: Sendable, Codable, Equatable {
        /// The shortest delay, in seconds.
        public var min: Int
        /// The longest delay, in seconds.
        public var max: Int
        /// Whether it waits for the door's contact.
        public var waitsForDoor: Bool
        /// A range of delays.
        public init(min: Int, max: Int, waitsForDoor: Bool) {
            self.min = min
            self.max = max
            self.waitsForDoor = waitsForDoor
        }
    }

    /// What codes its keypad takes.
    public struct Codes: Sendable, Codable, Equatable {
        /// How a code can be read back.
        public enum ReadBack: String, Sendable, Codable, CaseIterable {
            /// The digits.
            case full
            /// That there is one, not its digits.
            case masked
            /// Nothing.
            case none
        }

        /// How many it holds.
        public var slots: Int
        /// The number of the first slot.
        public var firstSlot: Int
        /// The fewest digits.
        public var lengthMin: Int
        /// The most digits.
        public var lengthMax: Int
        /// How a code can be read back.
        public var readBack: ReadBack
        /// The digits its keypad has; all ten where it is not said.
        public var digits: String?
        /// What no code may begin with.
        public var notBeginning: String?
        /// What a keypad takes.
        public init(
            slots: Int, firstSlot: Int, lengthMin: Int, lengthMax: Int, readBack: ReadBack, digits: String? = nil,
            notBeginning: String? = nil
        ) {
            self.slots = slots
            self.firstSlot = firstSlot
            self.lengthMin = lengthMin
            self.lengthMax = lengthMax
            self.readBack = readBack
            self.digits = digits
            self.notBeginning = notBeginning
        }

        /// Whether the keypad takes this code.
        public func takes(_ code: String) -> Bool {
            let digits = Set((digits ?? "0123456789").utf8)
            let isAllowed = code.utf8.count >= lengthMin && code.utf8.count <= lengthMax && code.utf8.allSatisfy(digits.contains)
            return isAllowed && !(notBeginning.map { !$0.isEmpty && code.hasPrefix($0) } ?? false)
        }
    }

    /// It can throw its bolt.
    public var lock: Bool
    /// It can draw its bolt.
    public var unlock: Bool
    /// It can pull its latch.
    public var unlatch: Bool
    /// It locks itself so many seconds after an unlock that asked for it.
    public var timedUnlock: SecondsRange?
    /// It can be set to lock itself after any unlock.
    public var autoRelock: AutoRelockRange?
    /// It has a door contact.
    public var doorSensor: Bool
    /// It tells its battery.
    public var battery: Bool
    /// It tells a jam.
    public var jam: Bool
    /// It keeps codes for a keypad.
    public var codes: Codes?
    /// It keeps a log of its own.
    public var log: Bool
    /// Its events name who acted.
    public var actor: Bool
    /// The worst-case time to reach it, in milliseconds.
    public var connectMilliseconds: Int
    /// The worst-case time its motor runs, in milliseconds.
    public var motorMilliseconds: Int

    /// Capabilities; the optional ones default to absent.
    public init(
        lock: Bool, unlock: Bool, unlatch: Bool = false, timedUnlock: SecondsRange? = nil, autoRelock: AutoRelockRange? = nil,
        doorSensor: Bool = false, battery: Bool = false, jam: Bool = false, codes: Codes? = nil, log: Bool = false, actor: Bool = false,
        connectMilliseconds: Int, motorMilliseconds: Int
    ) {
        self.lock = lock
        self.unlock = unlock
        self.unlatch = unlatch
        self.timedUnlock = timedUnlock
        self.autoRelock = autoRelock
        self.doorSensor = doorSensor
        self.battery = battery
        self.jam = jam
        self.codes = codes
        self.log = log
        self.actor = actor
        self.connectMilliseconds = connectMilliseconds
        self.motorMilliseconds = motorMilliseconds
    }

    /// The longest an operation may take, in milliseconds, whatever an adapter declares. A lock whose motor alone runs longer is not unlocked.
    public static let longestOperationMilliseconds = 40_000

    /// How long one operation may take before its outcome is unknown: connect + motor + 2 s, at most 40 s.
    public var operationMilliseconds: Int {
        min(LockCapabilities.longestOperationMilliseconds, max(0, connectMilliseconds) + max(0, motorMilliseconds) + 2000)
    }
}
