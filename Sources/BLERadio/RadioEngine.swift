import BLEStack
import Collections
import Glibc
import LinuxIO

/// Runs the host machine: opens the line to the controller, keeps its time, and carries out what it wants.
///
/// The line is opened again whenever it is lost or given up, after ``ReopenPause``. A user channel can't be: the process that lost it has no
/// capability left to open it with, and `onLost` is for its end.
final class RadioEngine {
    /// Where news go, on the loop's thread, in order; never from within a call of the owner's.
    struct Handlers {
        var onAnswer: (HostRequestID, Result<HostAnswer, HostFailure>) -> Void
        var onAdvertisement: (HeardAdvertisement) -> Void
        var onNotified: (Int, BluetoothUUID, BluetoothUUID, [UInt8]) -> Void
        var onDisconnected: (Int, String) -> Void
        var onAsk: (Int, PairingMachine.Question) -> Void
        var onWithdrawQuestion: (Int) -> Void
        var onKeep: (PeerRecord) -> Void
        var onStatus: (HostStatus) -> Void
        var onNotice: (String) -> Void
        var onLost: () -> Void
    }

    private static let connectMilliseconds: Int64 = 5_000

    private let loop: EventLoop
    private let place: ControllerPlace
    private let handlers: Handlers
    private var machine: HostMachine
    private var inputs: Deque<HostInput> = []
    private var isRunning = false
    private var isClosed = false
    private var timer: TimerToken?
    private var timerDue: Int64?
    private var line: ControllerLine?
    private var pause = ReopenPause()
    private var connecting: (watch: Watch, descriptor: OwnedDescriptor)?
    private var reopening: TimerToken?
    /// A kernel device was opened, which took the capability to open one along.
    private var hasGivenUpCapability = false

    init(loop: EventLoop, place: ControllerPlace, ownAddress: BluetoothAddress, handlers: Handlers) {
        self.loop = loop
        self.place = place
        self.handlers = handlers
        machine = HostMachine(ownAddress: ownAddress)
    }

    /// Begins opening the line, and goes on until ``close()``.
    func start() { open() }

    /// Ends everything without a word.
    func close() {
        isClosed = true
        line?.close()
        line = nil
        giveUpConnecting()
        if let timer { loop.cancel(timer) }
        if let reopening { loop.cancel(reopening) }
    }

    // MARK: - The machine

    /// Gives something to the machine; its effects have been carried out when this returns, unless it was called from one of them.
    func give(_ input: HostInput) {
        inputs.append(input)
        guard !isRunning else { return }
        isRunning = true
        while !isClosed, let next = inputs.popFirst() {
            for effect in machine.handle(next, at: Clocks.bootMilliseconds()) where !isClosed { carryOut(effect) }
        }
        isRunning = false
        if !isClosed { setTimer() }
    }

    private func carryOut(_ effect: HostEffect) {
        switch effect {
        case .send(let packet): line?.send(packet)
        case .reopen:
            line?.close()
            line = nil
            openLater()
        case .answer(let id, let result): handlers.onAnswer(id, result)
        case .advertisement(let heard): handlers.onAdvertisement(heard)
        case .notified(let link, let service, let characteristic, let value): handlers.onNotified(link, service, characteristic, value)
        case .disconnected(let link, let reason): handlers.onDisconnected(link, reason)
        case .ask(let link, let question): handlers.onAsk(link, question)
        case .withdrawQuestion(let link): handlers.onWithdrawQuestion(link)
        case .keep(let record): handlers.onKeep(record)
        case .status(let status):
            if status.state == .up { pause.reset() }
            handlers.onStatus(status)
        case .notice(let text): handlers.onNotice(text)
        }
    }

    private func setTimer() {
        let due = machine.nextDeadline
        guard due != timerDue else { return }
        if let timer { loop.cancel(timer) }
        timerDue = due
        timer = due.map { due in
            loop.schedule(atBootMilliseconds: due) { [weak self] in
                self?.timer = nil
                self?.timerDue = nil
                self?.give(.tick)
            }
        }
    }

    // MARK: - The line

    private func openLater() {
        if hasGivenUpCapability { return handlers.onLost() }
        guard reopening == nil, !isClosed else { return }
        reopening = loop.schedule(afterMilliseconds: pause.milliseconds()) { [weak self] in
            self?.reopening = nil
            self?.open()
        }
    }

    private func open() {
        do throws(IOFailure) {
            let opened = try ControllerOpening.open(place)
            hasGivenUpCapability = opened.isPacketwise
            guard opened.isConnecting else { return try take(opened.descriptor, isPacketwise: opened.isPacketwise) }
            let watch = try loop.watch(opened.descriptor.number, readable: false, writable: true) { [weak self] _ in self?.connected() }
            connecting = (watch, opened.descriptor)
            reopening = loop.schedule(afterMilliseconds: Self.connectMilliseconds) { [weak self] in
                self?.reopening = nil
                self?.giveUpConnecting()
                self?.notOpened("connect: \(IOFailure.text(of: ETIMEDOUT))")
            }
        } catch {
            notOpened("\(error)")
        }
    }

    private func connected() {
        guard let (watch, descriptor) = connecting else { return }
        if let reopening { loop.cancel(reopening) }
        reopening = nil
        watch.cancel()
        connecting = nil
        var failure: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor.number, SOL_SOCKET, SO_ERROR, &failure, &size) == 0, failure == 0 else {
            return notOpened("connect: \(IOFailure.text(of: failure))")
        }
        do throws(IOFailure) { try take(descriptor, isPacketwise: false) } catch { notOpened("\(error)") }
    }

    private func giveUpConnecting() {
        connecting?.watch.cancel()
        connecting?.descriptor.close()
        connecting = nil
    }

    private func take(_ descriptor: OwnedDescriptor, isPacketwise: Bool) throws(IOFailure) {
        line = try ControllerLine(
            loop: loop, descriptor, isPacketwise: isPacketwise, onPacket: { [weak self] packet in self?.give(.received(packet)) },
            onEnd: { [weak self] end in self?.lineEnded(end) })
        give(.transportOpened)
    }

    private func notOpened(_ words: String) {
        give(.transportClosed(words, couldOpen: false))
        openLater()
    }

    private func lineEnded(_ end: ControllerLine.End) {
        line = nil
        switch end {
        // The machine asks for another line itself.
        case .garbled(let fault): give(.garbled(fault))
        case .closed(let words):
            give(.transportClosed(words, couldOpen: true))
            openLater()
        }
    }
}
