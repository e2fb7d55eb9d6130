import Collections
import LockCrypto

/// What the controller's scanner does, and how long it has heard nothing.
struct ScanState {
    enum Phase: Equatable {
        case off
        /// A command is under way.
        case changing
        case on(isActive: Bool)
    }

    var phase = Phase.off
    /// Not before then after a command that failed.
    var retryAt: Int64?
    var failures = 0
    /// When silence has lasted too long; nil while nobody is missed.
    var quietAt: Int64?
    /// The scan was begun anew, and there was still nothing.
    var wasRestarted = false
    private(set) var quiet: Int64 = 0

    var deadline: Int64? {
        switch phase {
        case .on: quietAt
        case .off, .changing: retryAt
        }
    }

    /// The controller forgets all; how long silence may last is remembered.
    mutating func reset() {
        phase = .off
        retryAt = nil
        failures = 0
        quietAt = nil
        wasRestarted = false
    }

    mutating func begin(at now: Int64, _ timings: HostTimings) {
        quiet = max(quiet, timings.quietMilliseconds)
        quietAt = now + quiet
    }

    mutating func heardSomebody(at now: Int64, _ timings: HostTimings) {
        quiet = timings.quietMilliseconds
        quietAt = now + quiet
        wasRestarted = false
    }

    mutating func waitOnce(at now: Int64) { quietAt = now + quiet }

    mutating func doubleQuiet(_ timings: HostTimings) { quiet = min(2 * quiet, timings.longestQuietMilliseconds) }
}

extension HostMachine {
    private static let maximumScanFailures = 3

    /// How to scan now: nil is not at all, true actively.
    private var wanted: Bool? {
        if initiation != nil || isAboutToConnect { return nil }
        if listening == .active { return true }
        return listening == .background || !peers.isEmpty || !attempts.isEmpty ? false : nil
    }

    mutating func reconcileScan(at now: Int64) {
        guard let air, scan.retryAt.map({ now >= $0 }) ?? true else { return }
        switch (scan.phase, wanted) {
        case (.changing, _), (.off, nil): return
        case (.on(let isActive), let wanted) where wanted == isActive: return
        case (.on, _):
            scan.phase = .changing
            command(air.setScanEnable(false), .scanDisable, at: now)
        case (.off, let isActive?):
            scan.phase = .changing
            command(air.setScanParameters(isActive: isActive), .scanParameters(isActive: isActive), at: now)
        }
    }

    mutating func scanParametersSet(_ status: HCIStatus, isActive: Bool, at now: Int64) {
        guard status.isSuccess, let air else { return scanFailed(status, at: now) }
        command(air.setScanEnable(true), .scanEnable(isActive: isActive), at: now)
    }

    mutating func scanChanged(_ status: HCIStatus, to phase: ScanState.Phase, at now: Int64) {
        guard status.isSuccess else { return scanFailed(status, at: now) }
        scan.phase = phase
        scan.retryAt = nil
        scan.failures = 0
        // Silence counts from when there is somebody to listen.
        if case .on = phase { scan.waitOnce(at: now) }
    }

    private mutating func scanFailed(_ status: HCIStatus, at now: Int64) {
        scan.failures += 1
        scan.phase = .off
        scan.retryAt = now + timings.scanRetryMilliseconds
        effects.append(.notice("the controller does not scan: \(status)"))
        if scan.failures >= Self.maximumScanFailures { recover(.controllerStuck, "it does not scan: \(status)", at: now) }
    }

    /// Nobody is heard although somebody should be. A peer that is linked has no need to advertise; and while a link stands the controller is not reset,
    /// for the sake of that link.
    mutating func passScan(_ now: Int64) {
        guard case .on = scan.phase, let quietAt = scan.quietAt, now >= quietAt else { return }
        let isSomebodyMissing = !attempts.isEmpty || peers.keys.contains { peer in !links.values.contains { $0.peer == peer } }
        guard isSomebodyMissing, let air else { return scan.waitOnce(at: now) }
        if scan.wasRestarted && links.isEmpty {
            scan.doubleQuiet(timings)
            recover(.noAdvertisements, "nothing advertises although there are peers", at: now)
        } else {
            scan.wasRestarted = true
            scan.phase = .changing
            command(air.setScanEnable(false), .scanDisable, at: now)
            tell(.up, .noAdvertisements, status.detail)
        }
    }

    // MARK: - Reports

    mutating func heard(_ reports: [AdvertisingReport], at now: Int64) {
        guard !reports.isEmpty else { return }
        scan.heardSomebody(at: now, timings)
        if status.cause == .noAdvertisements { tell(.up, nil, status.detail) }
        for report in reports {
            let peer = peer(behind: report.address)
            if let peer { heard[peer] = Heard(address: report.address, at: now) }
            effects.append(
                .advertisement(
                    HeardAdvertisement(
                        address: peer ?? report.address, isPeer: peer != nil, isConnectable: report.isConnectable,
                        isScanResponse: report.isScanResponse, rssi: report.rssi, data: report.data)))
        }
    }

    /// The peer that goes by an address: its own, or a private one of its.
    func peer(behind address: BluetoothAddress) -> BluetoothAddress? {
        if peers[address] != nil { return address }
        if let known = peers.values.first(where: { $0.bond?.identity == address }) { return known.address }
        guard address.isResolvable else { return nil }
        for record in peers.values {
            if let key = record.identityKey, address.isPrivateAddress(of: key) { return record.address }
        }
        return nil
    }

    // MARK: - Peers

    mutating func take(_ records: [PeerRecord], at now: Int64) {
        var known: OrderedDictionary<BluetoothAddress, PeerRecord> = [:]
        for record in records.prefix(Self.maximumPeers) {
            known[record.address] = record
            if let bond = record.bond, bond.ownAddress != ownAddress {
                effects.append(.notice("\(record.address) was paired under another address of ours, and has to be paired again"))
            }
        }
        peers = known
        heard = heard.filter { known[$0.key] != nil }
        if records.count > Self.maximumPeers { effects.append(.notice("more peers than \(Self.maximumPeers): the rest is not known here")) }
    }
}
