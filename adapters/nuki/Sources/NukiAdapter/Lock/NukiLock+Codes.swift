import AdapterKit
import AdapterProtocol
import LockModel
import NukiProtocol

/// Codes of the keypad. The lock numbers them itself; ours carry their slot in their name, so that the lock alone tells which is which. Those of others are
/// told with the number the lock gave them, beyond our slots, and are never touched.
extension NukiLock {
    /// How many slots are offered; a keypad holds a hundred codes or more.
    static let codeSlots = 100
    /// Others' codes are told from here on.
    private static let firstForeignSlot = 1000
    private var mark: UInt16 { UInt16(truncatingIfNeeded: state.appID) }

    /// Which slot a code has.
    private func slot(of code: NukiKeypadCode) -> (number: Int, isOurs: Bool) {
        guard let name = NukiCodeName(code.name), name.mark == mark, name.slot <= Self.codeSlots else {
            return (Self.firstForeignSlot + Int(code.id), false)
        }
        return (name.slot, true)
    }

    private func ours(in codes: [NukiKeypadCode], slot: Int) -> [NukiKeypadCode] { codes.filter { self.slot(of: $0) == (slot, true) } }

    // MARK: - What the core asks

    /// All codes, read from the lock.
    func listCodes() async throws -> [CodeEntry] {
        let pin = try givenPIN()
        return try await using { talk in
            try await self.codes(talk, pin).map { code in
                let slot = self.slot(of: code)
                return CodeEntry(slot: slot.number, code: code.code, ours: slot.isOurs)
            }
        }
    }

    /// Sets a code, takes the one that was in the slot away, and reads them back.
    ///
    /// The new one is added first: whoever has the old one is not locked out by a lock that refuses the new one.
    func setCode(slot: Int, code: String, name: String?) async throws -> ConfigureResult.State {
        let pin = try givenPIN()
        let text = NukiCodeName(slot: slot, mark: mark, name: name ?? "").text
        guard let addition = NukiKeypadCode.addition(code, name: text) else { throw AdapterFailure(.unsupported, "no code of this keypad") }
        return try await using { talk in
            let before = self.ours(in: try await self.codes(talk, pin), slot: slot)
            let isThere = before.contains { $0.code == code && $0.isEnabled }
            return await self.onceSent {
                if !isThere, let refused = try await self.write(.addKeypadCode, addition, until: .keypadCodeID, pin, talk) {
                    self.output.log(.warning, "\(self.lock) did not take the code for slot \(slot): \(refused.words)")
                    return .failed
                }
                for old in before where old.code != code { try await self.remove(old, pin, talk) }
                let after = self.ours(in: try await self.codes(talk, pin), slot: slot)
                return after.count == 1 && after[0].code == code && after[0].isEnabled ? .set : .failed
            }
        }
    }

    /// Takes our code of a slot away, and reads back that it is gone.
    func clearCode(slot: Int) async throws -> ConfigureResult.State {
        let pin = try givenPIN()
        return try await using { talk in
            let before = self.ours(in: try await self.codes(talk, pin), slot: slot)
            if before.isEmpty { return .cleared }
            return await self.onceSent {
                for code in before { try await self.remove(code, pin, talk) }
                return self.ours(in: try await self.codes(talk, pin), slot: slot).isEmpty ? .cleared : .failed
            }
        }
    }

    /// Does what may reach the lock: where it fails on the way, nobody knows what became of it.
    func onceSent(_ body: () async throws -> ConfigureResult.State) async -> ConfigureResult.State {
        do { return try await body() } catch {
            output.log(.warning, "\(lock) was written to, and then did not answer: \(error)")
            return .unknown
        }
    }

    // MARK: - The lock

    /// The slot of a code by the number the lock gave it, as far as it tells its codes.
    func slot(ofCode id: UInt16, _ talk: NukiTalk) async -> Int {
        if let known = codeSlots[id] { return known }
        if let pin { _ = try? await codes(talk, pin) }
        return codeSlots[id] ?? Self.firstForeignSlot + Int(id)
    }

    /// Reads all codes.
    private func codes(_ talk: NukiTalk, _ pin: NukiPIN) async throws -> [NukiKeypadCode] {
        let range: [UInt8] = [0, 0, UInt8(NukiKeypadCode.mostListed), 0]
        do {
            let messages = try await talk.request(.requestKeypadCodes, range, pin: pin, until: NukiKeypadCode.isWholeList)
            let codes = messages.filter { $0.command == .keypadCode }.compactMap { try? NukiKeypadCode($0.payload) }
            codeSlots = [:]
            for code in codes { codeSlots[code.id] = slot(of: code).number }
            return codes
        } catch let error as NukiError {
            await refusedPIN(error)
            throw error
        }
    }

    private func remove(_ code: NukiKeypadCode, _ pin: NukiPIN, _ talk: NukiTalk) async throws {
        let id = [UInt8(truncatingIfNeeded: code.id), UInt8(truncatingIfNeeded: code.id >> 8)]
        if let refused = try await write(.removeKeypadCode, id, until: .status, pin, talk) {
            output.log(.warning, "\(lock) did not take a code away: \(refused.words)")
        }
    }

    /// Removes every code of ours.
    func removeCodes(_ pin: NukiPIN, _ talk: NukiTalk) async throws {
        for code in try await codes(talk, pin) where slot(of: code).isOurs { try await remove(code, pin, talk) }
    }
}

extension NukiKeypadCode {
    /// More than any keypad holds.
    static let mostListed: UInt8 = 240

    /// A list says how many it has, and then each.
    static let isWholeList: @Sendable ([NukiMessage]) -> Bool = { messages in
        guard let count = messages.first(where: { $0.command == .keypadCodeCount })?.payload, count.count >= 2 else { return false }
        return messages.count { $0.command == .keypadCode } >= min(Int(count[0]) | Int(count[1]) << 8, Int(mostListed))
    }
}
