import WireBytes

// GATT for an adapter on its own peers, and the same between the core and `lockbridge-ble`: the core checks whose peer it is, maps the
// numbers of links, and adds nothing. UUIDs are canonical in small letters; a request may use the short form of four digits.

/// A device on the air, by the address it is known under: its identity where that is known.
package struct RadioPeer: Sendable, Hashable, Codable {
    /// Whether the address is assigned or random.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case `public`, random
    }

    /// `AA:BB:CC:DD:EE:FF`, in capitals.
    package var address: String
    package var type: Kind

    package init(address: String, type: Kind) {
        self.address = address
        self.type = type
    }
}

/// How well a link is protected, or has to be.
package enum RadioSecurity: String, Sendable, Codable, Comparable, CaseIterable {
    case none
    /// Encrypted with a key of a pairing that nobody confirmed (Just Works).
    case encrypted
    /// Encrypted with a key of a pairing that a human or another channel confirmed.
    case authenticated

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    package static func < (left: RadioSecurity, right: RadioSecurity) -> Bool { left.rank < right.rank }
}

/// `radio.filter`: which advertisements of devices that are nobody's yet are wanted, and how hard to listen. Replaces the last one.
package struct RadioFilterParams: Sendable, Codable, Equatable {
    /// One kind of device; everything that is named must match.
    package struct Filter: Sendable, Codable, Equatable {
        /// It advertises at least one of these services.
        package var services: [String]?
        /// Its name begins so.
        package var name: String?
        /// It has manufacturer data of this company (Assigned Numbers, section 7).
        package var company: Int?
        /// That data begins so.
        package var companyPrefix: HexBytes?
        /// It has service data for this service.
        package var serviceData: String?

        package init(
            services: [String]? = nil, name: String? = nil, company: Int? = nil, companyPrefix: HexBytes? = nil, serviceData: String? = nil
        ) {
            self.services = services
            self.name = name
            self.company = company
            self.companyPrefix = companyPrefix
            self.serviceData = serviceData
        }
    }

    /// How hard to listen.
    package enum Activity: String, Sendable, Codable, CaseIterable {
        case off
        /// Passive and part of the time.
        case background
        /// All the time, with questions for names; while pairing only.
        case active
    }

    package var filters: [Filter]
    package var activity: Activity

    package init(filters: [Filter], activity: Activity) {
        self.filters = filters
        self.activity = activity
    }
}

/// `radio.connect`.
package struct RadioConnectParams: Sendable, Codable, Equatable {
    package var peer: RadioPeer
    /// From the reading of the line; 10 s where absent, at most 60 s.
    package var timeoutMilliseconds: Int?
    /// The least that will do. With a key held the link is encrypted before anything else is said on it, whatever stands here.
    package var security: RadioSecurity

    package init(peer: RadioPeer, timeoutMilliseconds: Int? = nil, security: RadioSecurity) {
        self.peer = peer
        self.timeoutMilliseconds = timeoutMilliseconds
        self.security = security
    }
}

/// A link that stands.
package struct RadioConnectResult: Sendable, Codable, Equatable {
    /// Never used again while the process lives.
    package var link: Int
    /// The largest ATT packet; a write with response carries three bytes less.
    package var mtu: Int
    package var security: RadioSecurity

    package init(link: Int, mtu: Int, security: RadioSecurity) {
        self.link = link
        self.mtu = mtu
        self.security = security
    }
}

/// Names one link: `radio.discover`, `radio.mtu`, `radio.disconnect`.
package struct RadioLinkParams: Sendable, Codable, Equatable {
    package var link: Int

    package init(link: Int) { self.link = link }
}

/// `radio.pair`.
package struct RadioPairParams: Sendable, Codable, Equatable {
    /// How the two devices make sure of each other; a weaker way is refused.
    package enum Model: String, Sendable, Codable, CaseIterable {
        case justWorks, numeric, passkey
    }

    package var link: Int
    package var model: Model
    /// 0 to 999999, where the lock has a fixed one; asked by `prompt` where absent.
    package var passkey: Int?

    package init(link: Int, model: Model, passkey: Int? = nil) {
        self.link = link
        self.model = model
        self.passkey = passkey
    }
}

/// What a link is worth after pairing.
package struct RadioPairResult: Sendable, Codable, Equatable {
    package var security: RadioSecurity

    package init(security: RadioSecurity) { self.security = security }
}

/// `radio.mtu`'s answer.
package struct RadioMTUResult: Sendable, Codable, Equatable {
    package var mtu: Int

    package init(mtu: Int) { self.mtu = mtu }
}

/// `radio.discover`'s answer: the peer's database, from memory where that is still valid.
package struct RadioDiscoverResult: Sendable, Codable, Equatable {
    /// One service.
    package struct Service: Sendable, Codable, Equatable {
        package var uuid: String
        package var characteristics: [Characteristic]

        package init(uuid: String, characteristics: [Characteristic]) {
            self.uuid = uuid
            self.characteristics = characteristics
        }
    }

    /// One characteristic.
    package struct Characteristic: Sendable, Codable, Equatable {
        package var uuid: String
        package var properties: [Property]

        package init(uuid: String, properties: [Property]) {
            self.uuid = uuid
            self.properties = properties
        }
    }

    /// What may be done with a characteristic (Core 5.4, Vol 3 Part G 3.3.1.1).
    package enum Property: String, Sendable, Codable, CaseIterable {
        case read, write, writeWithoutResponse, notify, indicate
    }

    package var services: [Service]

    package init(services: [Service]) { self.services = services }
}

/// `radio.subscribe`: answered once the peer has taken it.
package struct RadioSubscribeParams: Sendable, Codable, Equatable {
    package var link: Int
    /// Needed only where two services have the characteristic.
    package var service: String?
    package var characteristic: String
    /// Ask for indications; notifications where absent, or indications where the characteristic has nothing else.
    package var indications: Bool?
    /// False ends it; true where absent.
    package var on: Bool?

    package init(link: Int, service: String? = nil, characteristic: String, indications: Bool? = nil, on: Bool? = nil) {
        self.link = link
        self.service = service
        self.characteristic = characteristic
        self.indications = indications
        self.on = on
    }
}

/// `radio.read`.
package struct RadioReadParams: Sendable, Codable, Equatable {
    package var link: Int
    package var service: String?
    package var characteristic: String

    package init(link: Int, service: String? = nil, characteristic: String) {
        self.link = link
        self.service = service
        self.characteristic = characteristic
    }
}

/// `radio.read`'s answer: the whole value, at most 512 bytes.
package struct RadioReadResult: Sendable, Codable, Equatable {
    package var value: HexBytes

    package init(value: HexBytes) { self.value = value }
}

/// `radio.write`: with response it is answered once the peer has taken it, of at most 512 bytes: what does not fit one packet goes in parts,
/// and counts only when the peer has given every part back unchanged. Without response it is answered once it was given to the controller;
/// a value that does not fit one packet is refused.
package struct RadioWriteParams: Sendable, Codable, Equatable {
    package var link: Int
    package var service: String?
    package var characteristic: String
    package var value: HexBytes
    package var withResponse: Bool

    package init(link: Int, service: String? = nil, characteristic: String, value: HexBytes, withResponse: Bool) {
        self.link = link
        self.service = service
        self.characteristic = characteristic
        self.value = value
        self.withResponse = withResponse
    }
}

extension RequestMethod where Params == RadioFilterParams, Result == Nothing {
    package static var radioFilter: Self { Self(.radioFilter) }
}
extension RequestMethod where Params == RadioConnectParams, Result == RadioConnectResult {
    package static var radioConnect: Self { Self(.radioConnect) }
}
extension RequestMethod where Params == RadioPairParams, Result == RadioPairResult {
    package static var radioPair: Self { Self(.radioPair) }
}
extension RequestMethod where Params == RadioLinkParams, Result == RadioDiscoverResult {
    package static var radioDiscover: Self { Self(.radioDiscover) }
}
extension RequestMethod where Params == RadioLinkParams, Result == RadioMTUResult {
    package static var radioMTU: Self { Self(.radioMTU) }
}
extension RequestMethod where Params == RadioSubscribeParams, Result == Nothing {
    package static var radioSubscribe: Self { Self(.radioSubscribe) }
}
extension RequestMethod where Params == RadioReadParams, Result == RadioReadResult {
    package static var radioRead: Self { Self(.radioRead) }
}
extension RequestMethod where Params == RadioWriteParams, Result == Nothing {
    package static var radioWrite: Self { Self(.radioWrite) }
}
extension RequestMethod where Params == RadioLinkParams, Result == Nothing {
    package static var radioDisconnect: Self { Self(.radioDisconnect) }
}
