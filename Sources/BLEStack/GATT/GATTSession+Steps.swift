import WireBytes

extension GATTSession {
    // MARK: - What comes next

    /// Begins the next operation when nothing is under way.
    mutating func goOn(at now: Int64) {
        while activity == .idle, let (id, operation) = waiting.first {
            if case .mtu = operation {
                waiting.removeFirst()
                finish(id, .success(.mtu(bearer.mtu)))
                continue
            }
            guard let database else { return discover(at: now) }
            if isUnproven {
                activity = .comparing
                return ask(.readByType(1...UInt16.max, GATTDatabase.databaseHash), at: now)
            }
            waiting.removeFirst()
            begin(id, operation, in: database, at: now)
        }
    }

    private mutating func begin(_ id: HostRequestID, _ operation: GATTOperation, in database: GATTDatabase, at now: Int64) {
        switch operation {
        case .mtu: finish(id, .success(.mtu(bearer.mtu)))
        case .discover: finish(id, .success(.database(database)))
        case .subscribe(let target, let isOn, let byIndication):
            guard let found = find(target, id, in: database) else { return }
            let isNotifying = found.properties.contains(.notify) && !byIndication
            guard let configuration = found.configuration, isNotifying || found.properties.contains(.indicate) else {
                return finish(id, .failure(.notAllowed))
            }
            activity = .subscribing(id)
            ask(.write(configuration, [isOn ? (isNotifying ? 1 : 2) : 0, 0]), at: now)
        case .read(let target):
            guard let found = find(target, id, in: database) else { return }
            guard found.properties.contains(.read) else { return finish(id, .failure(.notAllowed)) }
            activity = .reading(id, handle: found.handle, [])
            ask(.read(found.handle), at: now)
        case .write(let target, let value, let withResponse):
            guard let found = find(target, id, in: database) else { return }
            guard found.properties.contains(withResponse ? .write : .writeWithoutResponse) else { return finish(id, .failure(.notAllowed)) }
            let packet = min(bearer.mtu - 3, Self.longestValue)
            let limit = withResponse ? Self.longestValue : packet
            guard value.count <= limit else { return finish(id, .failure(.tooLong(limit: limit))) }
            if value.count > packet {
                prepare(LongWrite(id: id, handle: found.handle, value: value), at: now)
            } else if withResponse {
                activity = .writing(id)
                ask(.write(found.handle, value), at: now)
            } else {
                effects.append(.send(ATTRequest.writeCommand(found.handle, value), mark: id))
            }
        }
    }

    private mutating func find(_ target: GATTTarget, _ id: HostRequestID, in database: GATTDatabase) -> GATTDatabase.Characteristic? {
        let found = database.characteristic(target.characteristic, in: target.service)
        if found == nil { finish(id, .failure(.unknownCharacteristic)) }
        return found
    }

    // MARK: - Answers

    mutating func answered(_ response: ATTResponse, to request: ATTRequest, at now: Int64) {
        switch activity {
        case .agreeing:
            activity = .idle
            effects.append(.ready(mtu: bearer.mtu))
        case .comparing: compared(response, at: now)
        case .discovering: discovered(response, at: now)
        case .announcing: activity = .idle
        case .subscribing(let id), .writing(let id):
            activity = .idle
            finish(id, outcome(response))
        case .reading(let id, let handle, let before): read(id, handle, before, response, at: now)
        case .preparing(let long): prepared(long, response, at: now)
        case .executing(let id): executed(id, response)
        case .cancelling(let id, let failure): cancelled(id, failure, response)
        case .unopened, .idle, .ended: break
        }
    }

    private mutating func outcome(_ response: ATTResponse) -> Result<GATTValue, GATTFailure> {
        guard case .error(let code) = response else { return .success(.done) }
        doubt(code)
        return .failure(.att(code))
    }

    /// A handle the peer does not know, or a database it knows we don't: what is remembered is wrong.
    mutating func doubt(_ code: ATTErrorCode) {
        if code == .invalidHandle || code == .databaseOutOfSync { forgetDatabase() }
    }

    private mutating func forgetDatabase() {
        guard database != nil else { return }
        database = nil
        effects.append(.remember(nil))
    }

    private mutating func compared(_ response: ATTResponse, at now: Int64) {
        activity = .idle
        isUnproven = false
        if case .attributes(let attributes) = response, attributes.first?.value == database?.hash { return }
        forgetDatabase()
    }

    private mutating func discovered(_ response: ATTResponse, at now: Int64) {
        do throws(ByteFault) {
            switch try discovery.answered(response) {
            case .ask(let request): ask(request, at: now)
            case .done(let found): learned(found, at: now)
            case .refused(let code):
                activity = .idle
                if let (id, _) = waiting.popFirst() { finish(id, .failure(.att(code))) }
            }
        } catch {
            breakOff("the peer's database \(error)")
        }
    }

    private mutating func learned(_ found: GATTDatabase, at now: Int64) {
        activity = .idle
        if isStale { return }
        database = found
        changeHandle = found.characteristic(GATTDatabase.serviceChanged, in: nil)?.handle
        isUnproven = false
        effects.append(.remember(found))
        // So that it tells when its database changes. A peer that refuses is compared or believed.
        guard let changed = found.characteristic(GATTDatabase.serviceChanged, in: nil), changed.properties.contains(.indicate),
            let configuration = changed.configuration
        else { return }
        activity = .announcing
        ask(.write(configuration, [2, 0]), at: now)
    }

    /// A value that fills its packet may go on; Read Blob fetches the rest (Vol 3 Part G 4.8.3).
    private mutating func read(_ id: HostRequestID, _ handle: UInt16, _ before: [UInt8], _ response: ATTResponse, at now: Int64) {
        switch response {
        case .value(let part):
            let value = before + part
            guard part.count == bearer.mtu - 1, value.count < Self.longestValue else {
                activity = .idle
                return finish(id, .success(.value(Array(value.prefix(Self.longestValue)))))
            }
            activity = .reading(id, handle: handle, value)
            ask(.readBlob(handle, offset: UInt16(value.count)), at: now)
        case .error(let code) where !before.isEmpty && (code == .attributeNotLong || code == .invalidOffset):
            activity = .idle
            finish(id, .success(.value(before)))
        case .error(let code):
            activity = .idle
            doubt(code)
            finish(id, .failure(.att(code)))
        case .mtu, .information, .attributes, .written, .prepared:
            breakOff("the peer's answer is of another kind")
        }
    }

    // MARK: - Values sent unasked

    mutating func deliver(_ handle: UInt16, _ bytes: [UInt8]) {
        if handle == changeHandle {
            forgetDatabase()
            isStale = true
        } else if let owner = database?.owner(of: handle) {
            effects.append(.notified(service: owner.service, characteristic: owner.characteristic, bytes))
        }
    }
}
