import AdapterProtocol
import WireBytes

/// What radios tell: to the adapter whose peer or link it is, and to nobody else.
extension RadioRouter {
    func cameUp(_ radio: RadioLink) {
        tellPeers(radio)
        tellFilters(radio)
    }

    /// A radio ended: what it carried is gone.
    func wentDown(_ radio: RadioLink) {
        for (number, link) in links where link.radio === radio {
            links[number] = nil
            handlers.notify(link.adapter, .disconnected(RadioDisconnectedParams(link: number, reason: "controllerLost")))
        }
        heard = heard.filter { $0.value.radio != ObjectIdentifier(radio) }
    }

    func advertised(_ radio: RadioLink, _ advertisement: RadioAdvertisementParams) {
        let peer = advertisement.peer
        if heard[peer].map({ $0.radio == ObjectIdentifier(radio) || $0.rssi < advertisement.rssi }) ?? (heard.count < 4096) {
            heard[peer] = (ObjectIdentifier(radio), advertisement.rssi)
        }
        handlers.heard(advertisement)
        if let owner = owners[peer], cut.contains(owner.lock) { return }
        if let owner = owners[peer] { return handlers.notify(owner.adapter, .advertisement(advertisement)) }
        for (adapter, wanted) in filters where wanted.filters.contains(where: { $0.matches(advertisement) }) {
            handlers.notify(adapter, .advertisement(advertisement))
        }
    }

    func notified(_ radio: RadioLink, _ value: RadioNotifiedParams) {
        guard let (number, link) = link(radio, value.link) else { return }
        var value = value
        value.link = number
        handlers.notify(link.adapter, .notified(value))
    }

    func disconnected(_ radio: RadioLink, _ end: RadioDisconnectedParams) {
        guard let (number, link) = link(radio, end.link) else { return }
        links[number] = nil
        handlers.notify(link.adapter, .disconnected(RadioDisconnectedParams(link: number, reason: end.reason)))
    }

    /// A radio wants something kept of a peer: sealed at once for a lock's, held until the pairing is kept for one that is nobody's yet.
    func changed(_ kept: RadioPeerStateParams) {
        if let index = touched.firstIndex(where: { $0.peer == kept.peer }) { touched[index].state = kept.state }
        guard var owner = owners[kept.peer] else { return }
        owner.state = kept.state
        owners[kept.peer] = owner
        handlers.keep(owner, kept.peer)
    }

    private func link(_ radio: RadioLink, _ number: Int) -> (Int, Link)? {
        links.first { $0.value.radio === radio && $0.value.number == number }.map { ($0.key, $0.value) }
    }
}

extension RadioFilterParams.Filter {
    /// Whether an advertisement is of the kind: everything that is named must match.
    func matches(_ advertisement: RadioAdvertisementParams) -> Bool {
        if let services, !services.contains(where: { wanted in advertisement.services.contains { Self.isSame($0, wanted) } }) {
            return false
        }
        if let name, advertisement.name?.hasPrefix(name) != true { return false }
        if let serviceData, !advertisement.serviceData.entries.contains(where: { Self.isSame($0.name, serviceData) }) { return false }
        guard company != nil || companyPrefix != nil else { return true }
        return advertisement.manufacturer.entries.contains { entry in
            (company.map { Int(entry.name, radix: 16) == $0 } ?? true) && (companyPrefix.map { entry.bytes.starts(with: $0.bytes) } ?? true)
        }
    }

    /// Two spellings of a UUID: canonical, or the short form of four or eight digits.
    private static func isSame(_ left: String, _ right: String) -> Bool { whole(left) == whole(right) }

    private static func whole(_ uuid: String) -> String {
        let text = uuid.lowercased()
        guard text.utf8.count <= 8 else { return text }
        return String(repeating: "0", count: 8 - text.utf8.count) + text + "-0000-1000-8000-00805f9b34fb"
    }
}
