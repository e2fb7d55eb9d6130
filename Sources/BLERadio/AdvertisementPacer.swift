import AdapterProtocol
import BLEStack
import Collections

/// Which advertisements the core gets: those of peers, and those a filter wants, but no more than help it.
///
/// - What says nothing new is repeated at most once in ``repeatMilliseconds``, or once a second where the radio listens actively.
/// - All in all at most ``perSecond`` with a burst of ``burst``: a child that tells more is taken for mad. What is held back so is told when it is
///   heard again.
/// - Scan responses are added to what they belong to.
/// - Bounded: ``maximumStrangers`` devices that are nobody's; the one heard first is forgotten.
struct AdvertisementPacer {
    static let repeatMilliseconds: Int64 = 10_000
    static let perSecond = 8
    static let burst = 30
    static let maximumStrangers = 256

    private struct Known {
        var advertised: [UInt8] = []
        var response: [UInt8] = []
        var isConnectable = false
        var told: [UInt8]?
        var toldAt: Int64 = 0
    }

    private var known: OrderedDictionary<BluetoothAddress, Known> = [:]
    private var filters: [AdvertisementFilter] = []
    private var activity = RadioFilterParams.Activity.off
    /// In thousandths of an advertisement.
    private var allowance = Int64(AdvertisementPacer.burst) * 1_000
    private var allowanceAt: Int64 = 0

    /// Whose filters count from now on.
    mutating func listen(_ filters: [AdvertisementFilter], _ activity: RadioFilterParams.Activity) {
        self.filters = filters
        self.activity = activity
        known = [:]
    }

    /// Takes what was heard.
    /// - Returns: what to tell, if anything.
    mutating func heard(_ heard: HeardAdvertisement, at now: Int64) -> RadioAdvertisementParams? {
        if known[heard.address] == nil && known.count >= Self.maximumStrangers { known.removeFirst() }
        var entry = known[heard.address] ?? Known()
        if heard.isScanResponse {
            entry.response = heard.data
        } else {
            entry.advertised = heard.data
            entry.isConnectable = heard.isConnectable
        }
        defer { known[heard.address] = entry }
        let bytes = entry.advertised + entry.response
        let pause = activity == .active ? 1_000 : Self.repeatMilliseconds
        guard bytes != entry.told || now - entry.toldAt >= pause else { return nil }
        let data = AdvertisingData(bytes)
        guard heard.isPeer || (activity != .off && filters.contains { $0.matches(data) }), spend(at: now) else { return nil }
        entry.told = bytes
        entry.toldAt = now
        return RadioAdvertisementParams(heard, data, isConnectable: entry.isConnectable)
    }

    private mutating func spend(at now: Int64) -> Bool {
        let full = Int64(Self.burst) * 1_000
        allowance = min(full, allowance + min(max(now - allowanceAt, 0), full) * Int64(Self.perSecond))
        allowanceAt = now
        guard allowance >= 1_000 else { return false }
        allowance -= 1_000
        return true
    }
}

/// One filter of `radio.filter`, with its names read.
struct AdvertisementFilter {
    private let services: [BluetoothUUID]?
    private let name: String?
    private let company: UInt16?
    private let companyPrefix: [UInt8]
    private let serviceData: BluetoothUUID?

    /// Reads a filter; nil where a UUID or a company is none.
    init?(_ params: RadioFilterParams.Filter) {
        services = params.services.map { $0.compactMap { BluetoothUUID($0) } }
        name = params.name
        company = params.company.flatMap { UInt16(exactly: $0) }
        companyPrefix = params.companyPrefix?.bytes ?? []
        serviceData = params.serviceData.flatMap { BluetoothUUID($0) }
        guard services?.count == params.services?.count, (company == nil) == (params.company == nil),
            (serviceData == nil) == (params.serviceData == nil), companyPrefix.isEmpty || company != nil
        else { return nil }
    }

    /// Whether everything that is named is there.
    func matches(_ data: AdvertisingData) -> Bool {
        if let services, !services.contains(where: { data.services.contains($0) }) { return false }
        if let name, data.name?.hasPrefix(name) != true { return false }
        if let company, !data.manufacturer.contains(where: { $0.name == company && $0.bytes.starts(with: companyPrefix) }) { return false }
        if let serviceData, !data.serviceData.contains(where: { $0.name == serviceData }) { return false }
        return true
    }
}
