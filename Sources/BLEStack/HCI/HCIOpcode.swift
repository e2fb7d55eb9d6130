/// A command's number: group and command (Core 5.4, Vol 4 Part E 5.4.1).
package struct HCIOpcode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let disconnect = HCIOpcode(rawValue: 0x0406)
    package static let setEventMask = HCIOpcode(rawValue: 0x0C01)
    package static let reset = HCIOpcode(rawValue: 0x0C03)
    package static let readLocalVersion = HCIOpcode(rawValue: 0x1001)
    package static let readLocalSupportedCommands = HCIOpcode(rawValue: 0x1002)
    package static let readBufferSize = HCIOpcode(rawValue: 0x1005)
    package static let readBDADDR = HCIOpcode(rawValue: 0x1009)
    package static let leSetEventMask = HCIOpcode(rawValue: 0x2001)
    package static let leReadBufferSize = HCIOpcode(rawValue: 0x2002)
    package static let leReadLocalFeatures = HCIOpcode(rawValue: 0x2003)
    package static let leSetRandomAddress = HCIOpcode(rawValue: 0x2005)
    package static let leSetScanParameters = HCIOpcode(rawValue: 0x200B)
    package static let leSetScanEnable = HCIOpcode(rawValue: 0x200C)
    package static let leCreateConnection = HCIOpcode(rawValue: 0x200D)
    package static let leCreateConnectionCancel = HCIOpcode(rawValue: 0x200E)
    package static let leConnectionUpdate = HCIOpcode(rawValue: 0x2013)
    package static let leEnableEncryption = HCIOpcode(rawValue: 0x2019)
    package static let leLongTermKeyNegativeReply = HCIOpcode(rawValue: 0x201B)
    package static let leParameterRequestReply = HCIOpcode(rawValue: 0x2020)
    package static let leParameterRequestNegativeReply = HCIOpcode(rawValue: 0x2021)
    package static let leWriteSuggestedDataLength = HCIOpcode(rawValue: 0x2024)
    package static let leSetExtendedScanParameters = HCIOpcode(rawValue: 0x2041)
    package static let leSetExtendedScanEnable = HCIOpcode(rawValue: 0x2042)
    package static let leExtendedCreateConnection = HCIOpcode(rawValue: 0x2043)

    package var description: String {
        let digits = String(rawValue, radix: 16, uppercase: true)
        return "command 0x" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
