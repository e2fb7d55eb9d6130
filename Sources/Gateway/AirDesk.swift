import AdapterHost
import AdapterProtocol
import LinuxIO
import LockModel
import WireBytes

/// Who listens to the air on the admin socket: scans and surveys of a lock, each for a while of its own.
///
/// While one runs the radios listen all the time, for what adapters recognise, or for everything; what is said here is shown and decides nothing.
///
/// **Bounds**: 8 scans and 8 surveys at a time, one survey of a lock, 10 minutes each; the radios pace what they tell.
final class AirDesk {
    static let maximumScans = 8
    static let maximumSurveys = 8
    static let maximumSeconds = 600

    struct Handlers {
        /// Tells the asker of something; `false` where nobody is there any more.
        var tell: (Int64, ScanFind) -> Bool
        var end: (Int64, ScanEnd) -> Void
        /// Everything adapters know of the air.
        var recognised: () -> [(adapter: AdapterName, vendor: String?, entry: Recognised)]
        /// Whose a peer is.
        var owner: (RadioPeer) -> (adapter: AdapterName, lock: LockID)?
        /// Every lock that has a peer.
        var locks: () -> [LockID]
        /// What the radios are to listen for; `nil` when nobody does.
        var listen: ([RadioFilterParams.Filter]?) -> Void
    }

    private struct Scan {
        let isForAll: Bool
        let timer: TimerToken
        var heard: Set<LockID> = []
    }

    private let loop: EventLoop
    private let handlers: Handlers
    private var scans: [Int64: Scan] = [:]
    private var surveys: [LockID: Survey] = [:]

    init(loop: EventLoop, handlers: Handlers) {
        self.loop = loop
        self.handlers = handlers
    }

    /// Begins to tell a request what is heard.
    /// - Throws: ``RPCError`` where too many scan, or for too long.
    func scan(_ ticket: Int64, _ request: ScanRequest) throws(RPCError) {
        guard (1...Self.maximumSeconds).contains(request.seconds) else { throw .invalidParams("seconds: 1 to \(Self.maximumSeconds)") }
        guard scans.count < Self.maximumScans else { throw RPCError(code: -32002, message: "Too many look already.", reason: .busy) }
        let timer = loop.schedule(afterMilliseconds: Int64(request.seconds) * 1000) { [weak self] in self?.over(ticket) }
        scans[ticket] = Scan(isForAll: request.all, timer: timer)
        listen()
    }

    /// Whether a lock is being measured, or as many as may.
    func canSurvey(_ lock: LockID) -> Bool { surveys[lock] == nil && surveys.count < Self.maximumSurveys }

    /// A survey begins.
    func add(_ survey: Survey) {
        surveys[survey.lock] = survey
        listen()
    }

    /// It is over.
    func remove(_ lock: LockID) {
        surveys[lock] = nil
        listen()
    }

    /// An advertisement, of anybody's.
    func heard(_ advertisement: RadioAdvertisementParams) {
        for survey in surveys.values { survey.heard(advertisement) }
        guard !scans.isEmpty else { return }
        let owner = handlers.owner(advertisement.peer)
        let known = handlers.recognised().first { $0.entry.filter.matches(advertisement) && (owner == nil || $0.adapter == owner?.adapter) }
        let find = ScanFind(
            address: VisibleText.line(advertisement.peer.address, 32), name: advertisement.name.map { VisibleText.line($0, 64) },
            vendor: known?.vendor.map { VisibleText.line($0, 64) }, what: known.map { VisibleText.line($0.entry.what, 64) },
            adapter: owner?.adapter ?? known?.adapter, lock: owner?.lock, pairable: known?.entry.isPairable ?? false,
            rssi: advertisement.rssi)
        for (ticket, scan) in scans where scan.isForAll || find.what != nil || find.lock != nil {
            if let lock = find.lock { scans[ticket]?.heard.insert(lock) }
            if !handlers.tell(ticket, find) { end(ticket) }
        }
    }

    private func over(_ ticket: Int64) {
        guard let scan = end(ticket) else { return }
        handlers.end(ticket, ScanEnd(silent: handlers.locks().filter { !scan.heard.contains($0) }.sorted()))
    }

    @discardableResult
    private func end(_ ticket: Int64) -> Scan? {
        guard let scan = scans.removeValue(forKey: ticket) else { return nil }
        loop.cancel(scan.timer)
        listen()
        return scan
    }

    private func listen() {
        if scans.isEmpty { return handlers.listen(surveys.isEmpty ? nil : []) }
        let everything = scans.values.contains { $0.isForAll } ? [RadioFilterParams.Filter()] : []
        handlers.listen(handlers.recognised().map(\.entry.filter) + everything)
    }
}
