import WireBytes

@testable import ZWaveStack

/// A command of any bytes from a Z-Wave node, read as its class says. Properties: what is set again is what was read; a number is in its range.
/// Taken is a command that some class understands.
@Sendable func fuzzZWave(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 2 else { return false }
    do {
        switch (CommandClass(rawValue: bytes[0]), bytes[1]) {
        case (.doorLock, 0x03): _ = try DoorLock.OperationReport(bytes)
        case (.doorLock, 0x06): try lockConfiguration(bytes)
        case (.doorLock, 0x08): _ = try DoorLock.Capabilities(bytes)
        case (.userCode, 0x03):
            let report = try UserCode.Report(bytes)
            if let code = report.code, report.user > 0 {
                precondition((try? UserCode.set(report.user, code)) != nil, "what is shown can be set")
            }
        case (.userCode, 0x05): _ = try UserCode.users(bytes)
        case (.notification, 0x05): _ = try Notification.Report(bytes).user
        case (.supervision, 0x01):
            let get = try Supervision.Get(bytes)
            precondition(get.number < Supervision.numbers)
        case (.supervision, 0x02):
            let report = try Supervision.Report(bytes)
            precondition(report.number < Supervision.numbers)
        case (.battery, 0x03): _ = try BatteryReport(bytes)
        case (.manufacturerSpecific, 0x05): _ = try ManufacturerReport(bytes)
        case (.version, 0x12): _ = try VersionReport.firmware(bytes)
        case (.version, 0x14): _ = try VersionReport.ofClass(bytes)
        case (.association, 0x03): _ = try Association.Report(bytes)
        case (.transportService, _):
            var transport = TransportReassembly()
            let effects = transport.received(bytes, at: 0)
            return !effects.contains { if case .refused = $0 { true } else { false } }
        case (.security2, 0x03): _ = try S2Message(bytes)
        case (.security2, 0x05), (.security2, 0x06): _ = try KEXReport(bytes)
        default: return false
        }
        return true
    } catch {
        return false
    }
}

private func lockConfiguration(_ bytes: [UInt8]) throws {
    let told = try DoorLock.Configuration(bytes)
    guard let setting = try? told.setting() else { return }
    let again = try DoorLock.Configuration(setting)
    precondition(again.isTimed == (told.isTimed && told.seconds != nil) && again.rest == told.rest && again.handles == told.handles)
    if again.isTimed { precondition(again.seconds == told.seconds) }
}
