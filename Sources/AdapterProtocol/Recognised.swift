import WireBytes

/// What an adapter knows of the air: advertisements of such a kind are such a thing. An entry of the manifest's `recognises`.
///
/// The core shows it to whoever scans and knows no vendor itself. Of several entries that match, the first counts, of adapters by name.
package struct Recognised: Sendable, Equatable {
    /// The most entries of a manifest.
    package static let maximumEntries = 16
    /// The longest ``what``.
    package static let maximumCharacters = 40

    /// The radio it is heard by; only `ble` so far.
    package var radio: String
    /// Everything that is named here must match; something is.
    package var filter: RadioFilterParams.Filter
    /// What it is, for people: `Nuki lock`. The member `is`.
    package var what: String
    /// It can be paired with as it advertises now. The member `pairable`.
    package var isPairable: Bool

    package init(radio: String = "ble", filter: RadioFilterParams.Filter, what: String, isPairable: Bool = false) {
        self.radio = radio
        self.filter = filter
        self.what = what
        self.isPairable = isPairable
    }

    /// The first rule it breaks beyond its types, by the member's name; `nil` where it keeps them all.
    var problem: String? {
        if radio != "ble" { return "radio knows only ble" }
        if what.isEmpty || what.count > Self.maximumCharacters { return "is wants 1 to \(Self.maximumCharacters) characters" }
        if filter.services == nil && filter.name == nil && filter.company == nil && filter.serviceData == nil {
            return "needs one of services, name, company, serviceData"
        }
        if filter.services?.isEmpty == true { return "services is empty" }
        if let services = filter.services, !services.allSatisfy(Self.isUUID) { return "services holds something other than a UUID" }
        if let serviceData = filter.serviceData, !Self.isUUID(serviceData) { return "serviceData is no UUID" }
        if filter.name?.isEmpty == true { return "name is empty" }
        if let company = filter.company, !(0...0xFFFF).contains(company) { return "company is 0 to 65535" }
        if filter.companyPrefix != nil && filter.company == nil { return "companyPrefix wants its company" }
        return nil
    }

    /// Canonical in small letters, or four digits.
    private static func isUUID(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12] || parts.map(\.utf8.count) == [4] else { return false }
        return parts.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) } }
    }
}

extension Recognised: Decodable {
    private enum Member: String, CodingKey {
        case radio, `is`, pairable
    }

    /// Reads `{radio, is, pairable?}` and beside them the members of a `radio.filter`'s filter.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Member.self)
        radio = try members.decode(String.self, forKey: .radio)
        what = try members.decode(String.self, forKey: .is)
        isPairable = try members.decodeIfPresent(Bool.self, forKey: .pairable) ?? false
        filter = try RadioFilterParams.Filter(from: decoder)
    }
}
