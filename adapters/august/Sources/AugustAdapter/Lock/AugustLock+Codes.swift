import AdapterKit
import AdapterProtocol
import AugustProtocol
import LockModel

/// The keypad's codes: set means set and read back.
extension AugustLock {
    /// Puts a code into a slot that is empty or ours; somebody else's code stays.
    func setCode(_ slot: Int, _ digits: String) async throws -> ConfigureResult.State {
        guard let packed = AugustCode.packed(digits) else { throw AdapterFailure(.unsupported, "the lock takes other codes") }
        let isOurs = vendor.ownSlots.contains(slot)
        if !isOurs {
            guard try await code(slot) == nil else {
                output.log(.notice, "\(lock): slot \(slot) holds a code that is not ours, and it stays")
                return .failed
            }
            // Ours from before the first byte: whatever happens from here on, it is taken out when we part.
            var own = vendor
            own.ownSlots.append(slot)
            try await keep(own)
        }
        return try await using { talk in
            if isOurs, try await self.done(talk, AugustCode.clear(UInt16(slot))) != nil { return .failed }
            for step in AugustCode.set(packed, UInt16(slot)) {
                if let refused = try await self.done(talk, step) {
                    self.output.log(.notice, "\(self.lock): a code was refused: \(refused.words)")
                    return .failed
                }
            }
            return try await self.field(talk, slot) == packed ? .set : .failed
        }
    }

    /// Empties a slot.
    func clearCode(_ slot: Int) async throws -> ConfigureResult.State {
        let isEmpty = try await using { talk in
            if let refused = try await self.done(talk, AugustCode.clear(UInt16(slot))) {
                self.output.log(.notice, "\(self.lock): a slot could not be emptied: \(refused.words)")
                return false
            }
            return try AugustCode.digits(try await self.field(talk, slot)) == nil
        }
        guard isEmpty else { return .failed }
        if vendor.ownSlots.contains(slot) {
            var own = vendor
            own.ownSlots.removeAll { $0 == slot }
            try await keep(own)
        }
        return .cleared
    }

    /// All codes in the slots a gateway uses.
    func listCodes() async throws -> [CodeEntry] {
        var entries: [CodeEntry] = []
        for slot in AugustVendorState.slots {
            guard let digits = try await code(slot) else { continue }
            entries.append(CodeEntry(slot: slot, code: digits, ours: vendor.ownSlots.contains(slot)))
        }
        return entries
    }

    private func code(_ slot: Int) async throws -> String? { try await using { try AugustCode.digits(try await self.field($0, slot)) } }

    /// What stands in a slot.
    private func field(_ talk: AugustTalk, _ slot: Int) async throws -> [UInt8] {
        let answer = try await talk.ask(AugustCode.read(UInt16(slot))) { if case .code(slot, _, _) = $0 { true } else { false } }
        guard case .code(_, let field, let result) = answer else { throw CancellationError() }
        guard result.isOK else { throw AdapterFailure(.unsupported, "the lock does not tell its codes: \(result.words)") }
        return field
    }

    /// Has a command of the keypad's done: why it was not, or `nil`.
    private func done(_ talk: AugustTalk, _ frame: AugustFrame) async throws -> AugustResult? {
        let opcode = frame.opcode
        let answer = try await talk.ask(frame) { if case .coded(opcode, _) = $0 { true } else { false } }
        guard case .coded(_, let result) = answer, !result.isOK else { return nil }
        return result
    }
}
