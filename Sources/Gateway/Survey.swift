import AdapterHost
import AdapterProtocol
import LinuxIO
import LockModel

/// One lock measured for a while: what is heard of it, and whether it answers when it is read.
///
/// **Bounds**: 600 seconds, one reading at a time, one every ``pauseMilliseconds``.
final class Survey {
    static let maximumSeconds = 600
    static let pauseMilliseconds: Int64 = 3000

    struct Handlers {
        /// Tells how it goes; `false` where nobody is there any more.
        var progress: (SurveyView) -> Bool
        var end: (SurveyView) -> Void
        /// Reads the lock; `false` while it is in use, and then it is not read.
        var read: (@escaping (Result<LockReading, CallFailure>) -> Void) -> Bool
    }

    private let loop: EventLoop
    private let handlers: Handlers
    private var view: SurveyView
    private let peer: RadioPeer?
    private var levels: [Int64] = []
    private var times: [Int64] = []
    private var ending: TimerToken?
    private var pause: TimerToken?
    private var isOver = false

    init(_ request: SurveyRequest, peer: RadioPeer?, at now: Timestamp, loop: EventLoop, handlers: Handlers) {
        self.loop = loop
        self.handlers = handlers
        self.peer = peer
        view = SurveyView(lock: request.lock, at: now, seconds: request.seconds, hasRadio: peer != nil)
        ending = loop.schedule(afterMilliseconds: Int64(request.seconds) * 1000) { [weak self] in self?.finish() }
        read()
    }

    var lock: LockID { view.lock }

    /// An advertisement, of anybody's.
    func heard(_ advertisement: RadioAdvertisementParams) {
        guard !isOver, advertisement.peer == peer else { return }
        view.advertisements += 1
        if advertisement.rssi != 127 { levels.append(Int64(advertisement.rssi)) }
        tell()
    }

    private func read() {
        guard !isOver else { return }
        let begun = Clocks.bootMilliseconds()
        let isRead = handlers.read { [weak self] answer in
            guard let self, !isOver else { return }
            view.readsTried += 1
            switch answer {
            case .success:
                view.readsSucceeded += 1
                times.append(Clocks.bootMilliseconds() - begun)
            case .failure(let failure): view.lastFailure = failure.reason
            }
            tell()
            again()
        }
        if !isRead { again() }
    }

    private func again() {
        pause = loop.schedule(afterMilliseconds: Self.pauseMilliseconds) { [weak self] in self?.read() }
    }

    private func tell() {
        summarise()
        if !handlers.progress(view) { finish() }
    }

    private func summarise() {
        view.rssi = Spread(levels)
        view.signal = view.rssi.map { SignalStrength(rssi: Int($0.median)) } ?? .unknown
        view.readMilliseconds = Spread(times)
    }

    private func finish() {
        guard !isOver else { return }
        isOver = true
        for timer in [ending, pause] { timer.map(loop.cancel) }
        summarise()
        view.advice = SurveyAdvice.lines(for: view)
        handlers.end(view)
    }
}

/// What a survey means, and what somebody with a ladder can do about it.
enum SurveyAdvice {
    private static let slowMilliseconds: Int64 = 5000
    private static let wideDecibels: Int64 = 20

    static func lines(for view: SurveyView) -> [String] {
        var lines: [String] = []
        let failed = view.readsTried - view.readsSucceeded
        if view.hasRadio, view.advertisements == 0, view.readsSucceeded == 0 {
            return ["Not heard at all: see the lock's batteries, then bring the gateway or its Bluetooth stick closer."]
        }
        switch view.signal {
        case .weak:
            lines.append(
                "The signal is weak: move the gateway or its Bluetooth stick closer, by a USB lead away from metal, screens and disks; then measure again."
            )
        case .fair: lines.append("The signal is fair: it works, with little to spare. Closer is better, before the door is handed over.")
        case .good, .unknown: break
        }
        if let rssi = view.rssi, rssi.max - rssi.min > wideDecibels {
            lines.append("The signal swings by \(rssi.max - rssi.min) dB: something moves or stands in between.")
        }
        if failed > 0 {
            lines.append("\(failed) of \(view.readsTried) readings failed: `lockbridge why \(view.lock)` tells how it stands.")
        }
        if let times = view.readMilliseconds, times.p95 > slowMilliseconds {
            lines.append("It answers slowly: up to \(times.p95 / 1000) s. Doors will take that long to open.")
        }
        if view.readsTried == 0 { lines.append("No reading came back: measure again, for longer.") }
        return lines.isEmpty ? ["All is well where it is."] : lines
    }
}
