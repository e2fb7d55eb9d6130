import AdapterProtocol
import BLEStack
import LinuxIO
import WireBytes

extension RadioService {
    private static let defaultConnectMilliseconds = 10_000
    private static let connectMilliseconds = 100...60_000

    /// A `radio.*` request.
    /// - Throws: `JSONDecodingError`, answered −32602.
    func radioRequest(_ id: RequestID, _ method: Method, _ params: JSONObject) throws(JSONDecodingError) {
        guard requests.count < RadioService.maximumOpen else { return answer(id, RPCError(.busy, "too many requests are open")) }
        switch method {
        case .radioFilter: filter(id, try RequestMethod.radioFilter.params(params))
        case .radioPeers: peers(id, try RequestMethod.radioPeers.params(params))
        case .radioConnect: connect(id, try RequestMethod.radioConnect.params(params))
        case .radioDrop:
            guard let peer = BluetoothAddress(try RequestMethod.radioDrop.params(params).peer) else { return refuse(id, "peer.address") }
            engine?.give(.drop(take(id) { _ in try? LineCodec.result(Nothing(), to: id) }, peer: peer))
        case .radioDisconnect:
            let link = try RequestMethod.radioDisconnect.params(params).link
            links.remove(link)
            engine?.give(.disconnect(take(id) { _ in try? LineCodec.result(Nothing(), to: id) }, link: link))
        case .radioPair: pair(id, try RequestMethod.radioPair.params(params))
        case .radioMTU:
            operate(id, try RequestMethod.radioMTU.params(params).link, .mtu) { value in
                guard case .value(.mtu(let mtu)) = value else { return nil }
                return try? LineCodec.result(RadioMTUResult(mtu: mtu), to: id)
            }
        case .radioDiscover:
            operate(id, try RequestMethod.radioDiscover.params(params).link, .discover) { value in
                guard case .value(.database(let database)) = value else { return nil }
                return try? LineCodec.result(RadioDiscoverResult(database), to: id)
            }
        case .radioSubscribe: subscribe(id, try RequestMethod.radioSubscribe.params(params))
        case .radioRead: read(id, try RequestMethod.radioRead.params(params))
        case .radioWrite: write(id, try RequestMethod.radioWrite.params(params))
        default: answer(id, .methodNotFound(method.rawValue))
        }
    }

    private func refuse(_ id: RequestID, _ member: String) { answer(id, .invalidParams("\(member) makes no sense")) }

    // MARK: - Listening and peers

    private func filter(_ id: RequestID, _ params: RadioFilterParams) {
        var filters: [AdvertisementFilter] = []
        for form in params.filters {
            guard let filter = AdvertisementFilter(form) else { return refuse(id, "filters") }
            filters.append(filter)
        }
        pacer.listen(filters, params.activity)
        switch params.activity {
        case .off: engine?.give(.listen(.off))
        case .background: engine?.give(.listen(.background))
        case .active: engine?.give(.listen(.active))
        }
        answer(id, Nothing())
    }

    private func peers(_ id: RequestID, _ params: RadioPeersParams) {
        var records: [PeerRecord] = []
        for entry in params.peers {
            guard let address = BluetoothAddress(entry.peer) else { return refuse(id, "peers") }
            records.append(PeerState.record(address, entry.state))
        }
        engine?.give(.peers(records))
        answer(id, Nothing())
    }

    // MARK: - Links

    private func connect(_ id: RequestID, _ params: RadioConnectParams) {
        guard let peer = BluetoothAddress(params.peer) else { return refuse(id, "peer.address") }
        let timeout = params.timeoutMilliseconds ?? Self.defaultConnectMilliseconds
        guard Self.connectMilliseconds.contains(timeout) else { return refuse(id, "timeoutMilliseconds") }
        let wish = ConnectWish(peer: peer, timeoutMilliseconds: Int64(timeout), security: LinkSecurity(params.security))
        let request = take(id) { [weak self] value in
            guard case .connected(let link, let mtu, let security) = value else { return nil }
            self?.links.insert(link)
            return try? LineCodec.result(RadioConnectResult(link: link, mtu: mtu, security: security.term), to: id)
        }
        engine?.give(.connect(request, wish))
    }

    private func operate(_ id: RequestID, _ link: Int, _ operation: GATTOperation, _ answer: @escaping (HostAnswer) -> [UInt8]?) {
        engine?.give(.operate(take(id, answer), link: link, operation))
    }

    private func target(_ characteristic: String, _ service: String?) -> GATTTarget? {
        guard let characteristic = BluetoothUUID(characteristic) else { return nil }
        guard let service else { return GATTTarget(characteristic) }
        return BluetoothUUID(service).map { GATTTarget(characteristic, in: $0) }
    }

    private func subscribe(_ id: RequestID, _ params: RadioSubscribeParams) {
        guard let target = target(params.characteristic, params.service) else { return refuse(id, "characteristic or service") }
        let operation = GATTOperation.subscribe(target, isOn: params.on ?? true, byIndication: params.indications ?? false)
        operate(id, params.link, operation) { _ in try? LineCodec.result(Nothing(), to: id) }
    }

    private func read(_ id: RequestID, _ params: RadioReadParams) {
        guard let target = target(params.characteristic, params.service) else { return refuse(id, "characteristic or service") }
        operate(id, params.link, .read(target)) { value in
            guard case .value(.value(let bytes)) = value else { return nil }
            return try? LineCodec.result(RadioReadResult(value: HexBytes(bytes)), to: id)
        }
    }

    private func write(_ id: RequestID, _ params: RadioWriteParams) {
        guard let target = target(params.characteristic, params.service) else { return refuse(id, "characteristic or service") }
        operate(id, params.link, .write(target, params.value.bytes, withResponse: params.withResponse)) { _ in
            try? LineCodec.result(Nothing(), to: id)
        }
    }

    // MARK: - News

    func handlers() -> RadioEngine.Handlers {
        RadioEngine.Handlers(
            onAnswer: { [weak self] id, result in self?.answered(id, result) },
            onAdvertisement: { [weak self] heard in
                guard let news = self?.pacer.heard(heard, at: Clocks.bootMilliseconds()) else { return }
                self?.notify(.radioAdvertisement, news)
            },
            onNotified: { [weak self] link, service, characteristic, value in
                self?.notify(
                    .radioNotified,
                    RadioNotifiedParams(
                        link: link, service: service.description, characteristic: characteristic.description, value: HexBytes(value)))
            },
            onDisconnected: { [weak self] link, reason in
                self?.links.remove(link)
                self?.notify(.radioDisconnected, RadioDisconnectedParams(link: link, reason: reason))
            },
            onAsk: { [weak self] link, question in self?.ask(link, question) },
            onWithdrawQuestion: { [weak self] link in self?.withdrawQuestion(link) },
            onKeep: { [weak self] record in
                self?.notify(.radioPeerState, RadioPeerStateParams(peer: record.address.peer, state: PeerState.form(record)))
            },
            onStatus: { [weak self] status in self?.notify(.radioStatus, RadioStatusParams(status)) },
            onNotice: { [weak self] text in self?.note(.notice, text) },
            onLost: { [weak self] in self?.end(RadioService.lostStatus) })
    }
}
