/// The commands of Nuki's API that this adapter says or understands, by their number (Smart Lock API V2.1, "Command identifiers").
package enum NukiCommand: UInt16, Sendable, CaseIterable {
    case requestData = 0x0001
    case publicKey = 0x0003
    case challenge = 0x0004
    case authorizationAuthenticator = 0x0005
    case authorizationData = 0x0006
    case authorizationID = 0x0007
    case removeAuthorization = 0x0008
    case keyturnerStates = 0x000C
    case lockAction = 0x000D
    case status = 0x000E
    case errorReport = 0x0012
    case requestConfiguration = 0x0014
    case configuration = 0x0015
    case authorizationIDConfirmation = 0x001E
    case verifyPIN = 0x0020
    case requestLog = 0x0031
    case logEntry = 0x0032
    case setAdvancedConfiguration = 0x0035
    case requestAdvancedConfiguration = 0x0036
    case advancedConfiguration = 0x0037
    case addKeypadCode = 0x0041
    case keypadCodeID = 0x0042
    case requestKeypadCodes = 0x0043
    case keypadCodeCount = 0x0044
    case keypadCode = 0x0045
    case removeKeypadCode = 0x0047
    /// The 5th generation's answer in place of a second challenge while pairing.
    case authorizationInfo = 0x004C
}
