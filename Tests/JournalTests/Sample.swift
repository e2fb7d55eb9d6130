import LockModel

/// One record of every kind, each with every member set.
enum Sample {
    static func name<Kind>(_ text: String, _ kind: Kind.Type = Kind.self) -> Name<Kind> {
        guard let name = Name<Kind>(text) else { fatalError("not a name: \(text)") }
        return name
    }

    static func id(_ number: UInt8) -> TokenID {
        guard let id = TokenID(bytes: [UInt8](repeating: number, count: 16)) else { fatalError("16 bytes make an id") }
        return id
    }

    static func digest(_ number: UInt8) -> LockModel.Digest {
        guard let digest = LockModel.Digest([UInt8](repeating: number, count: 32)) else { fatalError("32 bytes make a digest") }
        return digest
    }

    static func time(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_800_000_000_123 + seconds * 1000) }

    static let front: LockID = name("front")
    static let anna: PrincipalID = name("anna")
    static let shop: PrincipalID = name("shop")
    static let key = PrincipalKey(id: "kid", algorithm: .es256, publicKey: "BG", notBefore: time(0), expires: time(9))
    static let principal = Principal(id: anna, role: .resident, keys: [key], suspended: true, suspendedKeys: ["kid"])
    static let lock = LockEntry(
        lock: front, adapter: name("nuki"), title: "Haustür „unten“", maximumOpenSeconds: 120, relockWaiver: "closes itself",
        waived: WaiverMark(by: "karl", at: time(2)), alwaysLocked: true, proof: [proven]
    )
    static let proven = ProvenCase(
        case: .ajar, result: .failed, cause: .noAlarm, at: time(6), relockMilliseconds: 4200, relockedBy: .auto, confirmedBy: .boltAndDoor)
    static let grant = Grant(
        id: id(1), hash: digest(2), resident: anna, retailer: shop, gateway: "gw-abcdefghijklmnop", lock: front, issuedAt: time(0),
        notBefore: time(1), expires: time(99), actions: [.unlock, .unlatch, .code],
        windows: [
            .interval(from: time(1), to: time(2)), .weekly(days: [.mon, .sun], fromMinute: 60, toMinute: 30),
        ], maxUses: 3, maxEntries: 2, openSeconds: 60, couriers: ["thumbprint"], minRelock: .lockAuto,
        options: GrantOptions(consent: true, camera: false, noTime: true, freshHours: 4), residentSequence: 12
    )
    static let grantEntry = GrantEntry(grant: grant, token: "a.grant.token", revokedAt: time(3))
    static let command = CommandReference(issuer: shop, id: id(3), hash: digest(4), grant: id(1), delivery: "d-1")
    static let obligation = Obligation(
        operation: OperationNumber(41), lock: front, action: .unlatch, command: command, resident: anna, bus: name("bus"), openSeconds: 30,
        since: time(4), relockBy: time(60), unlocked: true, isAnswered: true
    )
    static let revocation = Revocation(
        RevocationToken(
            envelope: TokenEnvelope(
                issuer: anna, id: id(6), issuedAt: time(0), keyID: "kid", algorithm: .ed25519, hash: digest(7), signingInput: [],
                signature: []),
            audience: "gw-abcdefghijklmnop", residentSequence: 13, grants: [id(1)], retailers: [shop], allBefore: 11))
    static let actor = ChangeActor(kind: .keypadUser, ref: "slot-secret-7")

    static func change(_ event: LockEvent) -> LockChange {
        LockChange(
            event: event, lock: front, adapter: name("nuki"), bolt: .locked, door: .closed, previous: .unlocked, source: .keypad,
            actor: actor,
            confirmedBy: .boltAndDoor, observedAt: time(5), operation: OperationNumber(41), command: command,
            ended: [OperationNumber(40), OperationNumber(41)]
        )
    }

    static let bodies: [RecordBody] =
        [
            .gatewayStarted(GatewayStart(version: "1.2.3", bootID: "boot")), .gatewayStopped, .handedOver,
            .clockChanged(ClockChange(trust: .untrusted, doubt: .behind)), .clockChanged(ClockChange(trust: .trusted, doubt: nil)),
            .clockAccepted(ClockAccepted(wall: time(4))), .trustAccepted(TrustList(operator: name("olga"), sequence: 7, hash: digest(9))),
            .adapterAccepted(
                AdapterNeeds(
                    adapter: name("nuki"), version: "1.0.0", run: ["./nuki"], network: ["api.example:443"], devices: ["/dev/ttyUSB0"],
                    radio: ["ble"])),
            .principalAdded(principal),
            .principalChanged(principal), .revocationAccepted(revocation), .grantRevoked(GrantReference(grant)),
            .lockAdded(lock), .lockSet(lock), .lockReplaced(lock), .lockProved(LockProof(lock: front, proven: proven, by: "karl")),
            .lockRemoved(LockReference(lock: front)),
            .lockReleased(LockRelease(lock: front, operations: [OperationNumber(41)], note: "I stand at the door")),
            .grantInstalled(grantEntry), .commandAnswered(command),
            .lockAccepted(LockAccepted(lock: front, command: command, actor: actor)),
            .unlockAccepted(UnlockAccepted(obligation: obligation, actor: actor)),
            .unlockCancelled(UnlockCancelled(lock: front, operation: OperationNumber(41), command: command, reason: .noticeUndelivered)),
            .operationFailed(
                OperationFailure(lock: front, operation: OperationNumber(41), command: command, outcome: .unknown, reason: .timeout)),
            .alarmRaised(LockAlarm(lock: front, reason: .relockOverdue)), .alarmCleared(LockAlarm(lock: front, reason: .lockJammed)),
        ] + LockEvent.allCases.map { .lockChanged(change($0)) }
        + DeviceEvent.allCases.map {
            .deviceChanged(
                DeviceChange(event: $0, lock: front, reason: .lockOffline, battery: Battery(percent: 3, level: .low, keypadLevel: .ok)))
        }

    /// Where a body stands in `RecordBody`; a new case stops this from compiling until it is in `bodies`.
    static func place(of body: RecordBody) -> Int {
        switch body {
        case .gatewayStarted: 0
        case .gatewayStopped: 1
        case .handedOver: 2
        case .principalAdded: 3
        case .lockAdded: 4
        case .lockRemoved: 5
        case .grantInstalled: 6
        case .commandAnswered: 7
        case .lockAccepted: 8
        case .unlockAccepted: 9
        case .unlockCancelled: 10
        case .operationFailed: 11
        case .lockChanged: 12
        case .alarmRaised: 13
        case .alarmCleared: 14
        case .deviceChanged: 15
        case .principalChanged: 16
        case .revocationAccepted: 17
        case .grantRevoked: 18
        case .lockSet: 19
        case .lockReleased: 20
        case .clockChanged: 21
        case .clockAccepted: 22
        case .trustAccepted: 23
        case .adapterAccepted: 25
        case .snapshotTaken: 24
        case .lockReplaced: 26
        case .lockProved: 27
        }
    }

    static let snapshot = JournalSnapshot(
        after: 7, head: digest(8), projections: [JournalSnapshot.Projection(name: "locks", digest: digest(9))], signature: "AAAA")

    static let reply = Reply(
        kind: .command, id: id(3), digest: digest(5), status: .failed, final: true, reason: .busy, detail: "words only the record has",
        retryAfterSeconds: 3, relockBy: time(60), nonce: "AAECAw", ready: false, blockers: [.doorOpen, .lockJammed], opensAt: time(8),
        at: time(9),
        timeTrust: .floor
    )

    /// A record of that number about that.
    static func record(_ number: Int64, _ body: RecordBody, owner: PrincipalID? = anna) -> LockModel.Record {
        LockModel.Record(
            number: number, at: time(number), bootMilliseconds: 1000 + number, timeTrust: .trusted, body: body, owner: owner,
            addressees: [LockModel.Record.Addressee(principal: shop, sequence: number)],
            answers: [LockModel.Record.Answer(principal: shop, reply: reply)]
        )
    }

    /// One record of each kind, numbered from 1.
    static var records: [LockModel.Record] { bodies.enumerated().map { record(Int64($0 + 1), $1, owner: $0 % 2 == 0 ? anna : nil) } }
}
