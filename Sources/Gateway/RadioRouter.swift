import AdapterHost
import AdapterProtocol
import LockModel
import WireBytes

/// Passes `radio.*` between adapters and radios: each adapter reaches the peers of its own locks, and while it pairs those that are nobody's.
///
/// A peer becomes a lock's when its pairing is kept; the keys the radio makes for it are sealed here and no adapter sees them. Links have numbers of
/// the core's own, so that no adapter can name another's.
///
/// **Bounds**: 256 links, 16 of an adapter; 64 peers a pairing; 16 filters an adapter.
///
/// What must never break: nothing passes between an adapter and a peer that is another's.
final class RadioRouter {
    static let maximumLinks = 256
    static let maximumLinksOfAnAdapter = 16
    static let maximumFilters = 16
    static let graceMilliseconds: Int64 = 2000
    static let requestMilliseconds: Int64 = 35_000
    static let pairMilliseconds: Int64 = 180_000

    /// Whose a peer is, and what the radio keeps of it.
    struct Owner {
        var adapter: AdapterName
        var lock: LockID
        var state: JSONObject?
    }

    struct Link {
        var adapter: AdapterName
        var peer: RadioPeer
        var radio: RadioLink
        /// Its number at the radio.
        var number: Int
    }

    struct Handlers {
        /// Tells an adapter something.
        var notify: (AdapterName, RadioNews) -> Void
        /// Which adapter pairs now.
        var pairing: () -> AdapterName?
        /// A question of the pairing's.
        var ask: (PromptParams, ChildReply) -> Void
        /// Keeps what a radio wants kept of a lock's peer.
        var keep: (Owner, RadioPeer) -> Void
        /// Something was heard.
        var heard: (RadioAdvertisementParams) -> Void
    }

    let handlers: Handlers
    var radios: [RadioLink] = []
    var owners: [RadioPeer: Owner] = [:]
    var links: [Int: Link] = [:]
    var filters: [AdapterName: RadioFilterParams] = [:]
    /// What the core itself listens for, all the time; `nil` while nobody scans.
    var ownFilters: [RadioFilterParams.Filter]? { didSet { tellFilters() } }
    /// Locks that are kept out of reach for a while, to see what they do then.
    private(set) var cut: Set<LockID> = []
    /// Peers that the pairing under way has touched, the last one last, with what the radio wants kept of them.
    var touched: [(peer: RadioPeer, state: JSONObject?)] = []
    /// Which radio heard a peer best, and how loud.
    var heard: [RadioPeer: (radio: ObjectIdentifier, rssi: Int)] = [:]
    private var lastLink = 0

    init(_ handlers: Handlers) { self.handlers = handlers }

    // MARK: What adapters ask

    /// One of an adapter's `radio.*` requests.
    func asked(_ adapter: AdapterName, _ method: Method, _ params: JSONObject, _ reply: ChildReply) {
        do {
            switch method {
            case .radioFilter: try filter(adapter, RequestMethod.radioFilter.params(params), reply)
            case .radioConnect: try connect(adapter, RequestMethod.radioConnect.params(params), reply)
            case .radioPair: try pair(adapter, RequestMethod.radioPair.params(params), reply)
            case .radioDiscover: try pass(adapter, .radioDiscover, RequestMethod.radioDiscover.params(params), \.link, reply)
            case .radioMTU: try pass(adapter, .radioMTU, RequestMethod.radioMTU.params(params), \.link, reply)
            case .radioSubscribe: try pass(adapter, .radioSubscribe, RequestMethod.radioSubscribe.params(params), \.link, reply)
            case .radioRead: try pass(adapter, .radioRead, RequestMethod.radioRead.params(params), \.link, reply)
            case .radioWrite: try pass(adapter, .radioWrite, RequestMethod.radioWrite.params(params), \.link, reply)
            case .radioDisconnect: try disconnect(adapter, RequestMethod.radioDisconnect.params(params), reply)
            default: reply.fail(.methodNotFound(method.rawValue))
            }
        } catch let error as RPCError {
            reply.fail(error)
        } catch {
            reply.fail(.invalidParams("\(error)"))
        }
    }

    private func filter(_ adapter: AdapterName, _ params: RadioFilterParams, _ reply: ChildReply) throws(RPCError) {
        guard params.filters.count <= Self.maximumFilters else { throw .invalidParams("filters: at most \(Self.maximumFilters)") }
        guard params.activity != .active || handlers.pairing() == adapter else { throw .invalidRequest("active only while pairing") }
        filters[adapter] = params.activity == .off ? nil : params
        tellFilters()
        reply.succeed(Nothing())
    }

    private func connect(_ adapter: AdapterName, _ params: RadioConnectParams, _ reply: ChildReply) throws(RPCError) {
        try check(adapter, mayReach: params.peer)
        guard let radio = radio(for: params.peer) else { throw RPCError(.radioUnavailable, "no radio is up") }
        guard links.count < Self.maximumLinks, links.values.count(where: { $0.adapter == adapter }) < Self.maximumLinksOfAnAdapter else {
            throw RPCError(.busy, "too many links")
        }
        if owners[params.peer] == nil { touch(params.peer) }
        let patience = Int64(min(max(params.timeoutMilliseconds ?? 10_000, 0), 60_000)) + Self.graceMilliseconds
        radio.child.request(.radioConnect, params, timeoutMilliseconds: patience) { [weak self, weak radio] answer in
            guard let self, let radio else { return reply.fail(RPCError(.radioUnavailable, "the gateway is stopping")) }
            switch answer {
            case .success(let result):
                lastLink += 1
                links[lastLink] = Link(adapter: adapter, peer: params.peer, radio: radio, number: result.link)
                reply.succeed(RadioConnectResult(link: lastLink, mtu: result.mtu, security: result.security))
            case .failure(let failure):
                if failure == .noAnswer { drop(params.peer, radio) }
                reply.fail(Self.error(failure))
            }
        }
    }

    private func pair(_ adapter: AdapterName, _ params: RadioPairParams, _ reply: ChildReply) throws(RPCError) {
        guard handlers.pairing() == adapter else { throw .invalidRequest("nobody is pairing") }
        if let link = links[params.link] { touch(link.peer) }
        try pass(adapter, .radioPair, params, \.link, reply, milliseconds: Self.pairMilliseconds)
    }

    private func disconnect(_ adapter: AdapterName, _ params: RadioLinkParams, _ reply: ChildReply) throws(RPCError) {
        guard let link = links[params.link], link.adapter == adapter else { return reply.succeed(Nothing()) }
        links[params.link] = nil
        link.radio.child.request(
            .radioDisconnect, RadioLinkParams(link: link.number), timeoutMilliseconds: Self.requestMilliseconds
        ) { _ in reply.succeed(Nothing()) }
    }

    /// Passes a request on a link of the adapter's own, with the radio's number of it, and the answer back as it is.
    private func pass<Params, Result>(
        _ adapter: AdapterName, _ method: RequestMethod<Params, Result>, _ params: Params, _ number: WritableKeyPath<Params, Int>,
        _ reply: ChildReply, milliseconds: Int64 = RadioRouter.requestMilliseconds
    ) throws(RPCError) {
        guard let link = links[params[keyPath: number]], link.adapter == adapter else {
            throw RPCError(.deviceUnreachable, "there is no such link")
        }
        var params = params
        params[keyPath: number] = link.number
        link.radio.child.request(method, params, timeoutMilliseconds: milliseconds) { answer in
            switch answer {
            case .success(let result): reply.succeed(result)
            case .failure(let failure): reply.fail(Self.error(failure))
            }
        }
    }

    private static func error(_ failure: CallFailure) -> RPCError {
        switch failure {
        case .refused(let error): error
        case .notSent, .gone: RPCError(.radioUnavailable, "the radio is gone")
        case .noAnswer: RPCError(.deviceUnreachable, "the radio did not answer in time")
        }
    }

    // MARK: Who may

    /// Its own lock's peer; or one that is nobody's, while it pairs.
    private func check(_ adapter: AdapterName, mayReach peer: RadioPeer) throws(RPCError) {
        if let owner = owners[peer] {
            guard owner.adapter == adapter else { throw RPCError(.notPaired, "this peer is not yours") }
            if cut.contains(owner.lock) { throw RPCError(.deviceUnreachable, "its radio is cut, to prove the lock") }
        } else {
            guard handlers.pairing() == adapter else { throw RPCError(.notPaired, "this peer is not one of your locks'") }
        }
    }

    private func touch(_ peer: RadioPeer) {
        let state = touched.first { $0.peer == peer }?.state
        touched.removeAll { $0.peer == peer }
        touched.append((peer, state))
        if touched.count > 64 { touched.removeFirst() }
    }

    /// The radio that hears a peer best, else the first that is up.
    private func radio(for peer: RadioPeer) -> RadioLink? {
        let best = heard[peer]?.radio
        return radios.first { $0.isUp && ObjectIdentifier($0) == best } ?? radios.first { $0.isUp }
    }

    // MARK: The core's own word

    /// The fence: closes a lock's link at the radio, whatever its adapter does.
    func drop(_ lock: LockID) {
        guard let peer = owners.first(where: { $0.value.lock == lock })?.key else { return }
        for radio in radios { drop(peer, radio) }
    }

    private func drop(_ peer: RadioPeer, _ radio: RadioLink) {
        radio.child.request(.radioDrop, RadioPeerParams(peer: peer), timeoutMilliseconds: Self.graceMilliseconds) { _ in }
    }

    /// A lock's peer is known, from what was kept or from a pairing.
    func own(_ peer: RadioPeer, _ owner: Owner) {
        for (old, before) in owners where before.lock == owner.lock && old != peer { owners[old] = nil }
        owners[peer] = owner
    }

    /// Keeps a lock out of reach of its adapter, or lets it be reached again.
    /// - Returns: whether it is on a radio.
    func setCut(_ lock: LockID, _ isCut: Bool) -> Bool {
        guard let peer = owners.first(where: { $0.value.lock == lock })?.key else {
            cut.remove(lock)
            return false
        }
        guard isCut else {
            cut.remove(lock)
            return true
        }
        cut.insert(lock)
        closeLinks(peer)
        return true
    }

    private func closeLinks(_ peer: RadioPeer) {
        for (number, link) in links where link.peer == peer {
            links[number] = nil
            handlers.notify(link.adapter, .disconnected(RadioDisconnectedParams(link: number, reason: "dropped")))
        }
        for radio in radios { drop(peer, radio) }
    }

    /// A lock is gone: its links are closed, and the radios keep nothing of its peer.
    func forget(_ lock: LockID) {
        cut.remove(lock)
        guard let peer = owners.first(where: { $0.value.lock == lock })?.key else { return }
        closeLinks(peer)
        owners[peer] = nil
        tellPeers()
        tellFilters()
    }

    /// An adapter ended: its links are closed, it waits for no advertisement.
    func ended(_ adapter: AdapterName) {
        for (number, link) in links where link.adapter == adapter {
            links[number] = nil
            drop(link.peer, link.radio)
        }
        if filters.removeValue(forKey: adapter) != nil { tellFilters() }
    }

    /// A pairing is over: links to peers that stayed nobody's are closed.
    func pairingEnded(_ adapter: AdapterName) {
        touched = []
        for (number, link) in links where link.adapter == adapter && owners[link.peer] == nil {
            links[number] = nil
            drop(link.peer, link.radio)
            handlers.notify(adapter, .disconnected(RadioDisconnectedParams(link: number, reason: "dropped")))
        }
        if filters[adapter]?.activity == .active {
            filters[adapter]?.activity = .background
            tellFilters()
        }
    }

    // MARK: What radios are told

    /// Every peer there is, to a radio that came up, or to all after a change.
    func tellPeers(_ radio: RadioLink? = nil) {
        let entries = owners.sorted { $0.key.address < $1.key.address }
            .map { RadioPeersParams.Entry(peer: $0.key, state: $0.value.state) }
        for radio in radio.map({ [$0] }) ?? radios {
            radio.child.request(.radioPeers, RadioPeersParams(peers: entries), timeoutMilliseconds: Self.requestMilliseconds) { _ in }
        }
    }

    func tellFilters(_ radio: RadioLink? = nil) {
        let own = ownFilters.map { [RadioFilterParams(filters: $0, activity: .active)] } ?? []
        let all = filters.sorted { $0.key < $1.key }.map(\.value) + own
        let activity: RadioFilterParams.Activity =
            all.contains { $0.activity == .active } ? .active : all.isEmpty && owners.isEmpty ? .off : .background
        let merged = RadioFilterParams(filters: all.flatMap(\.filters), activity: activity)
        for radio in radio.map({ [$0] }) ?? radios {
            radio.child.request(.radioFilter, merged, timeoutMilliseconds: Self.requestMilliseconds) { _ in }
        }
    }
}

/// What a radio tells an adapter.
enum RadioNews {
    case advertisement(RadioAdvertisementParams)
    case notified(RadioNotifiedParams)
    case disconnected(RadioDisconnectedParams)
}
