import AdapterProtocol
import LockModel
import WireBytes

/// Pairing and codes, as the core asks for them.
extension AdapterSession {
    func startPairing(_ state: inout State, _ id: RequestID, _ params: JSONObject) throws -> [Work] {
        let params = try RequestMethod.pairStart.params(params)
        let desk = PairingDesk(link: link, questions: questions)
        state.desk = desk
        return call(&state, id, lock: nil, isCancellable: true) { adapter in
            try await adapter.startPairing(options: params.options, desk: desk)
            return Nothing()
        }
    }

    func choose(_ state: inout State, _ id: RequestID, _ params: JSONObject) throws -> [Work] {
        let candidate = try RequestMethod.pairChoose.params(params).candidate
        guard let desk = state.desk else { return refuse(id, .invalidRequest("pair.start comes first")) }
        guard state.choosing == nil else { return refuse(id, RPCError(.busy, "one is being paired")) }
        state.choosing = id
        return call(&state, id, lock: nil, isCancellable: true) { adapter in
            let paired = try await adapter.choose(candidate, desk: desk)
            return PairChooseResult(
                vendorState: try AdapterOutput.object(paired.vendorState), capabilities: paired.lock.capabilities, model: paired.lock.model,
                firmware: paired.lock.firmware)
        }
    }

    func cancelPairing(_ state: inout State, _ id: RequestID) -> [Work] {
        state.desk = nil
        if let choosing = state.choosing { cancel(&state, choosing) }
        return call(&state, id, lock: nil, isCancellable: false) { adapter in
            await adapter.cancelPairing()
            return Nothing()
        }
    }

    func unpair(_ state: inout State, _ id: RequestID, _ params: JSONObject) throws -> [Work] {
        let lock = try RequestMethod.unpair.params(params).lock
        try know(state, lock)
        return call(&state, id, lock: lock, isCancellable: false) { adapter in
            try await adapter.unpair(lock)
            return Nothing()
        } done: { state, _ in
            state.locks[lock] = nil
        }
    }

    func identify(_ state: inout State, _ id: RequestID, _ params: JSONObject) throws -> [Work] {
        let lock = try RequestMethod.identify.params(params).lock
        try know(state, lock)
        return call(&state, id, lock: lock, isCancellable: true) { adapter in
            try await adapter.identify(lock)
            return Nothing()
        }
    }

    // MARK: - Codes

    func setCode(_ state: inout State, _ id: RequestID, _ params: JSONObject) throws -> [Work] {
        let params = try RequestMethod.codeSet.params(params)
        let codes = try codes(state, params.lock, slot: params.slot)
        guard codes.takes(params.code) else { return refuse(id, .invalidParams("code: not digits the lock takes, or not so many")) }
        return call(&state, id, lock: params.lock, isCancellable: false) { adapter in
            let result = try await adapter.setCode(params.lock, slot: params.slot, code: params.code, name: params.name)
            return CodeResult(slot: params.slot, state: result)
        }
    }

    func clearCode(_ state: inout State, _ id: RequestID, _ params: JSONObject) throws -> [Work] {
        let params = try RequestMethod.codeClear.params(params)
        _ = try codes(state, params.lock, slot: params.slot)
        return call(&state, id, lock: params.lock, isCancellable: false) { adapter in
            CodeResult(slot: params.slot, state: try await adapter.clearCode(params.lock, slot: params.slot))
        }
    }

    func listCodes(_ state: inout State, _ id: RequestID, _ params: JSONObject) throws -> [Work] {
        let lock = try RequestMethod.codeList.params(params).lock
        guard try know(state, lock).capabilities.codes != nil else { throw AdapterFailure(.unsupported, "the lock has no codes") }
        return call(&state, id, lock: lock, isCancellable: true) { CodeListResult(codes: try await $0.listCodes(lock)) }
    }

    private func codes(_ state: State, _ lock: LockID, slot: Int) throws -> LockCapabilities.Codes {
        guard let codes = try know(state, lock).capabilities.codes else { throw AdapterFailure(.unsupported, "the lock has no codes") }
        guard slot >= codes.firstSlot, slot - codes.firstSlot < codes.slots else {
            throw RPCError.invalidParams("slot: the lock has no such slot")
        }
        return codes
    }
}
