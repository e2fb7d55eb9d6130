import WireBytes

/// The commands that bring a controller up, one after another, and what they tell of it (Core 5.4, Vol 4 Part E; a central's share).
///
/// Begins with Reset, so that nothing of a former host is left. What a controller does not know is gone without, where a central can.
package struct ControllerStartUp: Sendable {
    /// One command of the sequence.
    package enum Step: Sendable, CaseIterable {
        case reset, supportedCommands, version, features, eventMask, leEventMask, leBufferSize, bufferSize, dataLength, address,
            randomAddress
    }

    /// What a controller turned out to be.
    package struct Controller: Equatable, Sendable {
        package internal(set) var air = AirCommands.legacy
        /// How many data packets it takes before it must give some back.
        package internal(set) var dataPackets = 0
        /// How many bytes each may carry.
        package internal(set) var dataBytes = 27
        /// Its own public address; all zero where it has none.
        package internal(set) var publicAddress = BluetoothAddress(bits: 0, kind: .public)
        package internal(set) var version: UInt8 = 0
        package internal(set) var manufacturer: UInt16 = 0
    }

    /// How the sequence goes on.
    package enum Progress: Equatable, Sendable {
        case next(Step)
        case done
        /// It can't do what a central needs; the step says what.
        case unsupported(Step)
    }

    package private(set) var controller = Controller()
    private let ownAddress: BluetoothAddress
    private var commands: [UInt8] = []

    /// - Parameter ownAddress: the static random address to go by.
    package init(ownAddress: BluetoothAddress) { self.ownAddress = ownAddress }

    /// The command of a step.
    package func command(_ step: Step) -> HCICommand {
        switch step {
        case .reset: HCICommand(.reset)
        case .supportedCommands: HCICommand(.readLocalSupportedCommands)
        case .version: HCICommand(.readLocalVersion)
        case .features: HCICommand(.leReadLocalFeatures)
        case .eventMask: .setEventMask
        case .leEventMask: .leSetEventMask
        case .leBufferSize: HCICommand(.leReadBufferSize)
        case .bufferSize: HCICommand(.readBufferSize)
        case .dataLength: .leWriteSuggestedDataLength
        case .address: HCICommand(.readBDADDR)
        case .randomAddress: .leSetRandomAddress(ownAddress)
        }
    }

    /// Takes the answer to a step's command.
    package mutating func answered(_ step: Step, _ status: HCIStatus, _ returned: [UInt8]) -> Progress {
        let isGood = status.isSuccess && ((try? read(step, returned)) != nil)
        switch step {
        case .reset: return isGood ? .next(.supportedCommands) : .unsupported(step)
        case .supportedCommands: return .next(.version)
        case .version: return .next(.features)
        case .features: return isGood ? .next(.eventMask) : .unsupported(step)
        case .eventMask: return isGood ? .next(.leEventMask) : .unsupported(step)
        case .leEventMask: return isGood ? .next(.leBufferSize) : .unsupported(step)
        case .leBufferSize:
            guard isGood else { return .unsupported(step) }
            // 0: it shares the buffers of classic Bluetooth (7.8.2).
            return controller.dataPackets == 0 ? .next(.bufferSize) : afterBuffers
        case .bufferSize: return isGood && controller.dataPackets > 0 ? afterBuffers : .unsupported(step)
        case .dataLength: return .next(.address)
        case .address: return .next(.randomAddress)
        case .randomAddress: return isGood ? .done : .unsupported(step)
        }
    }

    private var afterBuffers: Progress { supports(octet: 34, bit: 0) ? .next(.dataLength) : .next(.address) }

    /// Vol 4 Part E 6.27.
    private func supports(octet: Int, bit: UInt8) -> Bool { commands.count > octet && commands[octet] & 1 << bit != 0 }

    private mutating func read(_ step: Step, _ returned: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(returned)
        switch step {
        case .supportedCommands: commands = try reader.take(64)
        case .version:
            controller.version = try reader.byte()
            _ = try reader.take(3)
            controller.manufacturer = try reader.uint16()
        case .features:
            let hasExtendedAdvertising = try reader.littleEndian(8) & 1 << 12 != 0
            let hasCommands = supports(octet: 37, bit: 5) && supports(octet: 37, bit: 6) && supports(octet: 37, bit: 7)
            controller.air = hasExtendedAdvertising && hasCommands ? .extended : .legacy
        case .leBufferSize:
            let bytes = Int(try reader.uint16())
            let packets = Int(try reader.byte())
            // 27 is the least a controller may have.
            (controller.dataBytes, controller.dataPackets) = bytes >= 27 ? (bytes, packets) : (27, 0)
        case .bufferSize:
            let bytes = Int(try reader.uint16())
            _ = try reader.byte()
            (controller.dataBytes, controller.dataPackets) = (max(bytes, 27), Int(try reader.uint16()))
        case .address: controller.publicAddress = try BluetoothAddress(&reader, kind: .public)
        case .reset, .eventMask, .leEventMask, .dataLength, .randomAddress: break
        }
    }
}
