import WireBytes

/// A command to the controller (Core 5.4, Vol 4 Part E 7).
package struct HCICommand: Equatable, Sendable {
    package let opcode: HCIOpcode
    package let parameters: [UInt8]

    package init(_ opcode: HCIOpcode, _ parameters: [UInt8] = []) {
        self.opcode = opcode
        self.parameters = parameters
    }

    /// As it travels.
    package var packet: HCIPacket {
        var payload: [UInt8] = []
        payload.append(littleEndian: opcode.rawValue)
        payload.append(UInt8(truncatingIfNeeded: parameters.count))
        return HCIPacket(.command, payload + parameters)
    }

    /// All events but the ones a central has no use for: disconnection, encryption, hardware error, LE meta (7.3.1).
    static var setEventMask: HCICommand {
        let bits: [UInt64] = [4, 7, 15, 47, 61]
        return masked(.setEventMask, bits)
    }

    /// LE meta events (7.8.1): connection complete in its three kinds, reports in both, parameter request, data length, PHY, LTK request.
    static var leSetEventMask: HCICommand {
        let bits: [UInt64] = [0, 1, 2, 3, 4, 5, 6, 9, 11, 12, 40]
        return masked(.leSetEventMask, bits)
    }

    private static func masked(_ opcode: HCIOpcode, _ bits: [UInt64]) -> HCICommand {
        var parameters: [UInt8] = []
        parameters.append(littleEndian: bits.reduce(0) { $0 | 1 << $1 }, bytes: 8)
        return HCICommand(opcode, parameters)
    }

    static func leSetRandomAddress(_ address: BluetoothAddress) -> HCICommand { HCICommand(.leSetRandomAddress, address.wireBytes) }

    /// The longest packets the air has, for connections to come (7.8.34).
    static var leWriteSuggestedDataLength: HCICommand {
        var parameters: [UInt8] = []
        parameters.append(littleEndian: UInt16(251))
        parameters.append(littleEndian: UInt16(2_120))
        return HCICommand(.leWriteSuggestedDataLength, parameters)
    }

    static func disconnect(_ handle: UInt16) -> HCICommand {
        var parameters: [UInt8] = []
        parameters.append(littleEndian: handle)
        parameters.append(HCIStatus.remoteUserEnded.rawValue)
        return HCICommand(.disconnect, parameters)
    }

    /// Secure Connections keys have neither number nor diversifier (7.8.24; Vol 3 Part H 2.4.4).
    static func leEnableEncryption(_ handle: UInt16, longTermKey: [UInt8]) -> HCICommand {
        var parameters: [UInt8] = []
        parameters.append(littleEndian: handle)
        parameters.append(littleEndian: 0, bytes: 8)
        parameters.append(littleEndian: UInt16(0))
        return HCICommand(.leEnableEncryption, parameters + longTermKey)
    }

    static func leLongTermKeyNegativeReply(_ handle: UInt16) -> HCICommand {
        var parameters: [UInt8] = []
        parameters.append(littleEndian: handle)
        return HCICommand(.leLongTermKeyNegativeReply, parameters)
    }

    static func leConnectionUpdate(_ handle: UInt16, _ wish: ConnectionParameters) -> HCICommand {
        var parameters: [UInt8] = []
        parameters.append(littleEndian: handle)
        return HCICommand(.leConnectionUpdate, parameters + wish.wireBytes + [0, 0, 0, 0])
    }

    static func leParameterRequestReply(_ handle: UInt16, _ wish: ConnectionParameters) -> HCICommand {
        var parameters: [UInt8] = []
        parameters.append(littleEndian: handle)
        return HCICommand(.leParameterRequestReply, parameters + wish.wireBytes + [0, 0, 0, 0])
    }

    static func leParameterRequestNegativeReply(_ handle: UInt16) -> HCICommand {
        var parameters: [UInt8] = []
        parameters.append(littleEndian: handle)
        parameters.append(HCIStatus.unacceptableParameters.rawValue)
        return HCICommand(.leParameterRequestNegativeReply, parameters)
    }
}

extension HCICommand: CustomStringConvertible {
    /// Its number alone: parameters may be a key.
    package var description: String { opcode.description }
}

/// How often two devices meet, and after how long they miss each other (Core 5.4, Vol 6 Part B 4.5.1, 4.5.2).
package struct ConnectionParameters: Equatable, Sendable {
    /// In units of 1.25 ms.
    package var intervalMinimum: UInt16
    package var intervalMaximum: UInt16
    /// How many meetings the peripheral may miss.
    package var latency: UInt16
    /// In units of 10 ms.
    package var supervisionTimeout: UInt16

    package init(intervalMinimum: UInt16, intervalMaximum: UInt16, latency: UInt16, supervisionTimeout: UInt16) {
        self.intervalMinimum = intervalMinimum
        self.intervalMaximum = intervalMaximum
        self.latency = latency
        self.supervisionTimeout = supervisionTimeout
    }

    /// What we ask for: 7.5 to 30 ms, as a lock's answer takes several meetings, and 3 s to notice that it is gone.
    package static let lock = ConnectionParameters(intervalMinimum: 6, intervalMaximum: 24, latency: 0, supervisionTimeout: 300)

    init(_ reader: inout ByteReader) throws(ByteFault) {
        intervalMinimum = try reader.uint16()
        intervalMaximum = try reader.uint16()
        latency = try reader.uint16()
        supervisionTimeout = try reader.uint16()
    }

    /// Whether a peripheral may ask for it, and we still notice its loss within six seconds: the ranges of the specification, narrowed.
    package var isAcceptable: Bool {
        guard (6...3_200).contains(intervalMinimum), (intervalMinimum...3_200).contains(intervalMaximum), latency <= 499 else {
            return false
        }
        // In quarters of a millisecond: the time-out is longer than twice the longest silence.
        let silence = 2 * (Int(latency) + 1) * Int(intervalMaximum) * 5
        return (10...600).contains(supervisionTimeout) && Int(supervisionTimeout) * 40 > silence
    }

    var wireBytes: [UInt8] {
        var bytes: [UInt8] = []
        for value in [intervalMinimum, intervalMaximum, latency, supervisionTimeout] { bytes.append(littleEndian: value) }
        return bytes
    }
}
