import AdapterProtocol
import BLEStack
import WireBytes

// The stack's terms in the protocol's, and back.

extension BluetoothAddress {
    /// Reads a peer, else `nil`.
    init?(_ peer: RadioPeer) { self.init(peer.address, kind: peer.type == .public ? .public : .random) }

    var peer: RadioPeer { RadioPeer(address: description, type: kind == .public ? .public : .random) }
}

extension LinkSecurity {
    init(_ security: RadioSecurity) {
        switch security {
        case .none: self = .none
        case .encrypted: self = .encrypted
        case .authenticated: self = .authenticated
        }
    }

    var term: RadioSecurity {
        switch self {
        case .none: .none
        case .encrypted: .encrypted
        case .authenticated: .authenticated
        }
    }
}

extension RadioAdvertisementParams {
    /// What was heard, read as far as it makes sense.
    init(_ heard: HeardAdvertisement, _ data: AdvertisingData, isConnectable: Bool) {
        self.init(
            peer: heard.address.peer, rssi: Int(heard.rssi), connectable: isConnectable, name: data.name,
            services: data.services.map(\.description),
            serviceData: NamedBytes(data.serviceData.map { .init(name: $0.name.description, bytes: $0.bytes) }),
            manufacturer: NamedBytes(
                data.manufacturer.map { .init(name: Hex.encode([UInt8($0.name >> 8), UInt8($0.name & 0xFF)]), bytes: $0.bytes) }))
    }
}

extension RadioDiscoverResult {
    init(_ database: GATTDatabase) {
        self.init(
            services: database.services.map { service in
                Service(
                    uuid: service.uuid.description,
                    characteristics: service.characteristics.map {
                        Characteristic(uuid: $0.uuid.description, properties: RadioDiscoverResult.terms($0.properties))
                    })
            })
    }

    private static func terms(_ properties: GATTDatabase.Properties) -> [Property] {
        let table: [(GATTDatabase.Properties, Property)] = [
            (.read, .read), (.write, .write), (.writeWithoutResponse, .writeWithoutResponse), (.notify, .notify), (.indicate, .indicate),
        ]
        return table.filter { properties.contains($0.0) }.map(\.1)
    }
}

extension RadioStatusParams {
    init(_ status: HostStatus) {
        let state: State =
            switch status.state {
            case .up: .up
            case .recovering: .recovering
            case .absent: .absent
            }
        self.init(state: state, cause: status.cause.map { Cause($0) }, controller: status.detail)
    }
}

extension RadioStatusParams.Cause {
    init(_ cause: HostStatus.Cause) {
        switch cause {
        case .noAdvertisements: self = .noAdvertisements
        case .cannotConnect: self = .cannotConnect
        case .controllerStuck: self = .controllerStuck
        case .hardwareError: self = .hardwareError
        case .garbled: self = .garbled
        case .transportClosed: self = .transportClosed
        case .cannotOpen: self = .cannotOpen
        case .unsupported: self = .unsupported
        }
    }
}

extension RPCError {
    /// A failure as the core and the adapter get it. `data.detail` says what the code leaves open: `heard` or `silent` of a peer out of reach,
    /// `bondLost` or `keyRefused`, and whether a request on a link that ended was `sent` or `notSent`.
    init(_ failure: HostFailure) {
        switch failure {
        case .radioUnavailable: self.init(.radioUnavailable, "there is no controller that works")
        case .notInReach(let wasHeard):
            self.init(.deviceUnreachable, "not in reach in time", detail: wasHeard ? "heard" : "silent")
        case .busy: self.init(.busy, "linked or being linked already, or too many wait")
        case .cancelled: self.init(.cancelled, "cancelled")
        case .notPaired: self.init(.notPaired, "there is no key for this security")
        case .bondLost: self.init(.credentialRejected, "the peer has lost the key", detail: "bondLost")
        case .notEncrypted(let status): self.init(.credentialRejected, "the link was not encrypted: \(status)", detail: "keyRefused")
        case .notEstablished(let words): self.init(.deviceUnreachable, words)
        case .unknownLink: self = .invalidParams("link: there was never such a link")
        case .gatt(let failure): self.init(failure)
        case .pairing(let failure): self.init(failure)
        }
    }

    /// `data.detail` is `stage/reason`, in the words of ``SMPStage`` and ``SMPReason``.
    private init(_ failure: SMPFailure) {
        let detail = "\(failure.stage.rawValue)/\(failure.reason.name)"
        switch failure.reason {
        case .tooSoon(let milliseconds): self.init(.busy, "failed too often: again in \(milliseconds) ms", detail: detail)
        case .notIdle: self.init(.busy, "a pairing was begun on this link already", detail: detail)
        case .disconnected, .timedOut: self.init(.deviceUnreachable, "the pairing did not come to its end", detail: detail)
        case .declined, .cancelled: self.init(.cancelled, "the pairing was not confirmed", detail: detail)
        case .internalFault: self.init(.radioUnavailable, "our cryptography failed", detail: detail)
        case .refusedByPeer, .malformed, .outOfOrder, .noSecureConnections, .noBonding, .otherModel, .keySize, .keysNotAsked,
            .keyNotOnCurve, .keyReflected, .keyIsDebug, .confirmMismatch, .checkMismatch, .identityNotFixed, .identityTaken,
            .encryptionFailed, .wouldWeaken:
            self.init(.credentialRejected, "the pairing failed", detail: detail)
        }
    }

    private init(_ failure: GATTFailure) {
        switch failure {
        case .att(let code): self.init(.deviceUnreachable, "the peer refused: \(code)", att: Int(code.rawValue))
        case .unknownCharacteristic: self.init(.unsupported, "the peer has no such characteristic")
        case .notAllowed: self.init(.unsupported, "the characteristic does not allow that")
        case .tooLong(let limit): self = .invalidParams("value: more than \(limit) bytes")
        case .notEchoed: self.init(.deviceUnreachable, "the peer gave a part of the value back changed", detail: "notSent")
        case .notExecuted(let code): self.init(.deviceUnreachable, "the peer refused: \(code)", att: Int(code.rawValue), detail: "sent")
        case .queueFull: self.init(.busy, "too much waits on this link")
        case .linkEnded(let words, let sent): self.init(.deviceUnreachable, words, detail: sent ? "sent" : "notSent")
        }
    }
}
