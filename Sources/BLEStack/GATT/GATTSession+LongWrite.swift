/// A value of more bytes than fit one packet, on its way in parts.
struct LongWrite: Equatable, Sendable {
    let id: HostRequestID
    let handle: UInt16
    let value: [UInt8]
    /// So many bytes the peer has, and gave back unchanged.
    var taken = 0

    /// The part that comes next, at most as long as a packet allows.
    func part(mtu: Int) -> [UInt8] { Array(value[taken..<min(taken + mtu - 5, value.count)]) }
}

// Long values (Core 5.4, Vol 3 Part F 3.4.6; Part G 4.9.4): the peer keeps the parts and gives each back; only when all came back as they
// were sent is it told to write them. Otherwise it is told to forget them, so that none is left to become part of the next long value.
extension GATTSession {
    mutating func prepare(_ long: LongWrite, at now: Int64) {
        activity = .preparing(long)
        ask(.prepareWrite(long.handle, offset: UInt16(long.taken), long.part(mtu: bearer.mtu)), at: now)
    }

    mutating func prepared(_ long: LongWrite, _ response: ATTResponse, at now: Int64) {
        let part = long.part(mtu: bearer.mtu)
        if case .error(let code) = response {
            doubt(code)
            guard long.taken > 0 else {
                activity = .idle
                return finish(long.id, .failure(.att(code)))
            }
            return forget(long, because: .att(code), at: now)
        }
        guard response == .prepared(handle: long.handle, offset: UInt16(long.taken), part) else {
            return forget(long, because: .notEchoed, at: now)
        }
        var long = long
        long.taken += part.count
        guard long.taken == long.value.count else { return prepare(long, at: now) }
        activity = .executing(long.id)
        ask(.executeWrite(isCommitted: true), at: now)
    }

    private mutating func forget(_ long: LongWrite, because failure: GATTFailure, at now: Int64) {
        activity = .cancelling(long.id, failure)
        ask(.executeWrite(isCommitted: false), at: now)
    }

    mutating func executed(_ id: HostRequestID, _ response: ATTResponse) {
        activity = .idle
        guard case .error(let code) = response else { return finish(id, .success(.done)) }
        doubt(code)
        finish(id, .failure(.notExecuted(code)))
    }

    /// A peer that will not forget would mix these parts into the next long value: the end of the link makes it.
    mutating func cancelled(_ id: HostRequestID, _ failure: GATTFailure, _ response: ATTResponse) {
        guard case .error = response else {
            activity = .idle
            return finish(id, .failure(failure))
        }
        breakOff("the peer keeps what it was told to forget")
    }
}
