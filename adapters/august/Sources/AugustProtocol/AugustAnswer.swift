/// What a lock says on a session, understood.
package enum AugustAnswer: Sendable, Equatable {
    /// It got the command; of an order to the motor, that says nothing about its end.
    case acknowledged(opcode: UInt8, sub: UInt8)
    /// The bolt, asked or unasked.
    case state(AugustState)
    case door(AugustDoor)
    case stateAndDoor(AugustState, AugustDoor)
    case battery(AugustBattery)
    case autoLock(AugustAutoLock)
    /// An order's motor has stopped, or was not started.
    case ended(opcode: UInt8, AugustResult)
    /// A keypad's command is done, or not.
    case coded(opcode: UInt8, AugustResult)
    /// What stands in a slot.
    case code(slot: Int, field: [UInt8], AugustResult)
    case activity(AugustActivity)
    /// A frame that is whole, and nobody knows.
    case other

    package init(_ frame: AugustFrame) {
        if frame.kind == .acknowledged {
            self = .acknowledged(opcode: frame.opcode, sub: frame.sub)
            return
        }
        let result = AugustResult(code: frame.bytes[15])
        switch (frame.kind, AugustOpcode(rawValue: frame.opcode)) {
        case (.answer, .status?): self = Self.status(frame)
        case (.answer, .readSetting?), (.answer, .writeSetting?):
            guard frame.sub == AugustAutoLock.setting else {
                self = .other
                return
            }
            self = .autoLock(
                AugustAutoLock(neverOpened: UInt16(frame.number(at: 8)), doorClosed: UInt16(frame.number(at: 10))))
        case (.answer, .lock?), (.answer, .unlock?): self = .ended(opcode: frame.opcode, result)
        case (.answer, .beginCode?), (.answer, .clearCode?), (.answer, .codeAccess?), (.answer, .commitCode?):
            self = .coded(opcode: frame.opcode, result)
        case (.answer, .code?): self = .code(slot: frame.number(at: 4), field: Array(frame.bytes[6..<13]), result)
        case (.answer, .popActivity?): self = .activity(AugustActivity(frame))
        case (.answer, nil), (.command, _), (.acknowledged, _): self = .other
        }
    }

    private static func status(_ frame: AugustFrame) -> AugustAnswer {
        switch AugustStatusKind(rawValue: frame.sub) {
        case .lock?: .state(AugustState(code: frame.bytes[8]))
        case .door?: .door(AugustDoor(code: frame.bytes[8]))
        case .lockAndDoor?: .stateAndDoor(AugustState(code: frame.bytes[8]), AugustDoor(code: frame.bytes[9]))
        case .battery?: .battery(AugustBattery(millivolts: frame.number(at: 8)))
        case nil: .other
        }
    }
}
