import AdapterProtocol
import LockModel
import WireBytes

/// JSON: what was read can be written, and then reads as the same value.
@Sendable func fuzzJSON(_ bytes: [UInt8]) -> Bool {
    var isTaken = false
    for depth in [1, 4, 16, StrictJSON.deepestNesting] {
        guard let value = try? StrictJSON.parse(bytes, maximumDepth: depth) else { continue }
        guard let written = try? StrictJSON.encode(value) else { preconditionFailure("what was read cannot be written") }
        precondition(written.count <= 6 * bytes.count, "writing escapes a byte with at most six")
        guard let again = try? StrictJSON.parse(written, maximumDepth: depth) else {
            preconditionFailure("what was written cannot be read")
        }
        precondition(again == value)
        precondition((try? StrictJSON.encode(again)) == written)
        isTaken = true
    }
    return isTaken
}

/// A line of the protocol: what was read can be written and reads the same; the parameters of every method that has the name are read.
@Sendable func fuzzLine(_ bytes: [UInt8]) -> Bool {
    guard let message = try? LineCodec.read(bytes) else { return false }
    guard let written = line(of: message) else { return true }
    precondition((try? LineCodec.read(written)) == message, "written and read again, a line is the same")
    switch message {
    case .request(_, let name, let params), .notification(let name, let params): return isReadable(name, params)
    case .result(_, let result): return isReadable(result)
    case .failure: return true
    }
}

/// `nil` for a message that cannot be written within a line: escapes may take more bytes than what was read.
private func line(of message: Message) -> [UInt8]? {
    switch message {
    case .request(let id, let method, let params): try? LineCodec.call(method, id: id, params)
    case .notification(let method, let params): try? LineCodec.call(method, id: nil, params)
    case .result(let id, let result): try? LineCodec.result(result, to: id)
    case .failure(let id, let error): error.message.utf8.count <= 500 ? LineCodec.failure(error, to: id) : nil
    }
}

/// Whether parameters are those of their method.
private func isReadable(_ name: String, _ params: JSONObject) -> Bool {
    switch Method(rawValue: name) {
    case nil: false
    case .health, .shutdown, .busConnected, .pairCancel: true
    case .initialize: check(InitializeParams.self, params)
    case .cancel: check(CancelParams.self, params)
    case .log: check(LogParams.self, params)
    case .progress: check(ProgressParams.self, params)
    case .lockAdd: check(LockAddParams.self, params)
    case .lockRemove, .lockRead, .lockDrop, .unpair, .identify, .codeList: check(LockParams.self, params)
    case .lockOperate: check(LockOperateParams.self, params)
    case .lockConfigure: check(LockConfigureParams.self, params)
    case .lockObserved: check(LockObservation.self, params)
    case .statePut: check(StatePutParams.self, params)
    case .blobPut: check(BlobPutParams.self, params)
    case .blobGet: check(BlobGetParams.self, params)
    case .codeSet: check(CodeSetParams.self, params)
    case .codeClear: check(CodeClearParams.self, params)
    case .pairStart: check(PairStartParams.self, params)
    case .pairChoose: check(PairChooseParams.self, params)
    case .pairFound: check(PairCandidate.self, params)
    case .pairProgress: check(PairProgressParams.self, params)
    case .prompt: check(PromptParams.self, params)
    case .radioFilter: check(RadioFilterParams.self, params)
    case .radioConnect: check(RadioConnectParams.self, params)
    case .radioPair: check(RadioPairParams.self, params)
    case .radioDiscover, .radioMTU, .radioDisconnect: check(RadioLinkParams.self, params)
    case .radioSubscribe: check(RadioSubscribeParams.self, params)
    case .radioRead: check(RadioReadParams.self, params)
    case .radioWrite: check(RadioWriteParams.self, params)
    case .radioAdvertisement: check(RadioAdvertisementParams.self, params)
    case .radioNotified: check(RadioNotifiedParams.self, params)
    case .radioDisconnected: check(RadioDisconnectedParams.self, params)
    case .radioPeers: check(RadioPeersParams.self, params)
    case .radioDrop: check(RadioPeerParams.self, params)
    case .radioPeerState: check(RadioPeerStateParams.self, params)
    case .radioStatus: check(RadioStatusParams.self, params)
    case .busConfigure: check(BusConfigureParams.self, params)
    case .busPublish: check(BusPublishParams.self, params)
    case .busAck: check(BusAckParams.self, params)
    case .busMessage: check(BusMessageParams.self, params)
    case .busDisconnected: check(BusDisconnectedParams.self, params)
    case .busPublished: check(BusPublishedParams.self, params)
    }
}

/// Whether a result is one of any method.
private func isReadable(_ result: JSONObject) -> Bool {
    let readings = [
        check(InitializeResult.self, result), check(LockAddResult.self, result), check(LockReading.self, result),
        check(OperateResult.self, result), check(ConfigureResult.self, result),
    ]
    return readings.contains(true)
}

/// Whether a typed value can be read; if so, it can be written and read again.
private func check<Value: Codable>(_ type: Value.Type, _ object: JSONObject) -> Bool {
    guard let value = try? StrictJSON.decode(type, from: .object(object)) else { return false }
    guard let written = try? StrictJSON.encode(value), let tree = try? StrictJSON.parse(written, maximumDepth: StrictJSON.deepestNesting),
        let again = try? StrictJSON.decode(type, from: tree)
    else { preconditionFailure("\(type) that was read cannot be written and read again") }
    precondition((try? StrictJSON.encode(again)) == written, "written, read and written again, \(type) is the same")
    return true
}

/// An adapter's manifest.
@Sendable func fuzzManifest(_ bytes: [UInt8]) -> Bool {
    guard let manifest = try? Manifest(reading: bytes) else { return false }
    precondition(!manifest.run.isEmpty && manifest.protocolVersions.allSatisfy { $0 >= 1 })
    precondition(!manifest.run[0].split(separator: "/").contains(".."), "a program stays in its folder")
    return true
}
