/// The number of a command class (SDS13781, "List of assigned command classes").
package struct CommandClass: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    private init(_ rawValue: UInt8) { self.rawValue = rawValue }

    package static let noOperation = Self(0x00)
    package static let basic = Self(0x20)
    package static let scheduleEntryLock = Self(0x4E)
    package static let transportService = Self(0x55)
    package static let plusInfo = Self(0x5E)
    package static let doorLock = Self(0x62)
    package static let userCode = Self(0x63)
    package static let supervision = Self(0x6C)
    package static let configuration = Self(0x70)
    package static let notification = Self(0x71)
    package static let manufacturerSpecific = Self(0x72)
    package static let battery = Self(0x80)
    package static let userCredential = Self(0x83)
    package static let association = Self(0x85)
    package static let version = Self(0x86)
    package static let security0 = Self(0x98)
    package static let security2 = Self(0x9F)
    /// What follows is controlled, not supported.
    package static let mark = Self(0xEF)

    /// The classes of a node's list that it supports, in its order; those after the mark it only controls.
    package static func supported(_ list: [UInt8]) -> [CommandClass] {
        list.prefix { $0 != mark.rawValue }.map(CommandClass.init(rawValue:))
    }
}
