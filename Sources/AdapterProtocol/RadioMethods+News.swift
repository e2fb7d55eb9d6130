import WireBytes

// What the radio tells unasked, and what passes between the core and `lockbridge-ble` alone.

/// `radio.advertisement`: of the caller's own peers always, of others where a filter wants them. Once per change of what it says;
/// unchanged once a second while listening actively, else once in ten.
package struct RadioAdvertisementParams: Sendable, Codable, Equatable {
    package var peer: RadioPeer
    /// dBm; 127 where the controller can't say.
    package var rssi: Int
    package var connectable: Bool
    /// At most 248 bytes; what is no UTF-8 is replaced.
    package var name: String?
    package var services: [String]
    /// By UUID.
    package var serviceData: NamedBytes
    /// By company, four digits.
    package var manufacturer: NamedBytes

    package init(
        peer: RadioPeer, rssi: Int, connectable: Bool, name: String? = nil, services: [String] = [], serviceData: NamedBytes = NamedBytes(),
        manufacturer: NamedBytes = NamedBytes()
    ) {
        self.peer = peer
        self.rssi = rssi
        self.connectable = connectable
        self.name = name
        self.services = services
        self.serviceData = serviceData
        self.manufacturer = manufacturer
    }
}

/// `radio.notified`: a value the peer sent unasked.
package struct RadioNotifiedParams: Sendable, Codable, Equatable {
    package var link: Int
    package var service: String
    package var characteristic: String
    package var value: HexBytes

    package init(link: Int, service: String, characteristic: String, value: HexBytes) {
        self.link = link
        self.service = service
        self.characteristic = characteristic
        self.value = value
    }
}

/// `radio.disconnected`: the link is gone, whoever ended it but `radio.disconnect`. Its open requests were answered before.
package struct RadioDisconnectedParams: Sendable, Codable, Equatable {
    package var link: Int
    /// The controller's words (`connection timeout`), `dropped`, `controllerLost`, or what the peer did against the rules.
    package var reason: String

    package init(link: Int, reason: String) {
        self.link = link
        self.reason = reason
    }
}

/// `radio.peers`: every peer there is, with what the core keeps of it; replaces the last list.
package struct RadioPeersParams: Sendable, Codable, Equatable {
    /// One peer.
    package struct Entry: Sendable, Codable, Equatable {
        package var peer: RadioPeer
        /// As last given by `radio.peerState`.
        package var state: JSONObject?

        package init(peer: RadioPeer, state: JSONObject? = nil) {
            self.peer = peer
            self.state = state
        }
    }

    package var peers: [Entry]

    package init(peers: [Entry]) { self.peers = peers }
}

/// `radio.drop`: closes the peer's link, forgets what was to be written, ends an attempt to connect.
package struct RadioPeerParams: Sendable, Codable, Equatable {
    package var peer: RadioPeer

    package init(peer: RadioPeer) { self.peer = peer }
}

/// `radio.peerState`: what the radio wants kept of a peer, keys among it: sealed by the core, never shown to an adapter, at most 16 KiB.
package struct RadioPeerStateParams: Sendable, Codable, Equatable {
    package var peer: RadioPeer
    package var state: JSONObject

    package init(peer: RadioPeer, state: JSONObject) {
        self.peer = peer
        self.state = state
    }
}

/// `radio.status`: how the radio does; sent on every change.
package struct RadioStatusParams: Sendable, Codable, Equatable {
    /// Whether it can be used.
    package enum State: String, Sendable, Codable {
        case up
        /// A controller is there and is being brought up; requests fail with 1006.
        case recovering
        /// There is no controller, or no way to it; tried again with back-off.
        case absent
    }

    /// Why it is not up, or what is not right although it is.
    package enum Cause: String, Sendable, Codable, CaseIterable {
        /// Up, but nothing advertises although something should; the scan is begun anew.
        case noAdvertisements
        /// Up, but peers that are heard can't be connected to; the controller was reset.
        case cannotConnect
        /// It did not answer a command, or did not take data; it is reset.
        case controllerStuck
        /// It reported a fault of its own; it is reset.
        case hardwareError
        /// It sent what is no HCI; it is opened anew.
        case garbled
        /// Its line has closed: crashed or unplugged.
        case transportClosed
        /// It could not be opened.
        case cannotOpen
        /// It lacks what a central needs.
        case unsupported
    }

    package var state: State
    package var cause: Cause?
    /// For a person: address and make once it is up, else what went wrong.
    package var controller: String?

    package init(state: State, cause: Cause? = nil, controller: String? = nil) {
        self.state = state
        self.cause = cause
        self.controller = controller
    }
}

extension NotificationMethod where Params == RadioAdvertisementParams {
    package static var radioAdvertisement: Self { Self(.radioAdvertisement) }
}
extension NotificationMethod where Params == RadioNotifiedParams {
    package static var radioNotified: Self { Self(.radioNotified) }
}
extension NotificationMethod where Params == RadioDisconnectedParams {
    package static var radioDisconnected: Self { Self(.radioDisconnected) }
}
extension RequestMethod where Params == RadioPeersParams, Result == Nothing {
    package static var radioPeers: Self { Self(.radioPeers) }
}
extension RequestMethod where Params == RadioPeerParams, Result == Nothing {
    package static var radioDrop: Self { Self(.radioDrop) }
}
extension NotificationMethod where Params == RadioPeerStateParams {
    package static var radioPeerState: Self { Self(.radioPeerState) }
}
extension NotificationMethod where Params == RadioStatusParams {
    package static var radioStatus: Self { Self(.radioStatus) }
}
