import Collections
import LockCrypto
import WireBytes

/// The Bluetooth host: everything between a controller's packets and "write this to that lock".
///
/// It decides when to scan and whom to connect to, brings the controller up and back, keeps every link's flow, and answers every request.
///
/// - Inputs: ``HostInput``; time comes with each, in milliseconds of the boot clock, and ``nextDeadline`` says when to come back.
/// - Effects: ``HostEffect``, in the order they are to be carried out.
/// - One family of commands: legacy or extended, as the controller has it, never both before its reset.
/// - One attempt to connect at a time; scanning rests meanwhile, as not every controller can do both. Attempts take turns, and listening has
///   one between them, so that a lock out of reach keeps neither the other locks waiting nor their news.
/// - Bounds: ``maximumAttempts`` attempts, ``CommandQueue``, ``ACLSender``, ``GATTSession``; one link a peer; ``maximumPeers`` peers.
///
/// Three kinds of trouble are told apart, each with a cure of its own: a controller that does not answer, takes no data or says it has failed is
/// reset, and opened anew when that does not help; one that hears nobody, although there are peers, has its scan begun anew and is then reset; one
/// that hears peers and can't connect to them is reset.
///
/// With a key held no attribute is read or written before the link is encrypted with it (BLESA, CVE-2020-9770), and what the peer says before is
/// dropped.
///
/// The property that must not break: every request is answered exactly once, and whatever was said on a controller before its reset touches
/// nothing that comes after.
package struct HostMachine {
    package static let maximumAttempts = 64
    package static let maximumPeers = 1_024

    /// Where the controller stands.
    enum Controller {
        /// There is no line to it.
        case absent
        /// It is being brought up, the how-manieth time on this line.
        case starting(ControllerStartUp, tries: Int)
        case up(ControllerStartUp.Controller)
    }

    /// What a command was sent for.
    enum Purpose: Sendable {
        case startUp(ControllerStartUp.Step)
        case scanParameters(isActive: Bool)
        case scanEnable(isActive: Bool)
        case scanDisable
        case connect
        case cancelConnect
        case disconnect(UInt16)
        case encrypt(UInt16)
        case courtesy
    }

    let ownAddress: BluetoothAddress
    let timings: HostTimings
    var controller = Controller.absent
    var commands = CommandQueue<Purpose>()
    var sender = ACLSender<HostRequestID>(dataPackets: 1, dataBytes: 27)
    var scan = ScanState()
    var listening = ListeningActivity.off
    var peers: OrderedDictionary<BluetoothAddress, PeerRecord> = [:]
    /// Under which address, and when, peers were heard last.
    var heard: [BluetoothAddress: Heard] = [:]
    var attempts: Deque<ConnectAttempt> = []
    var initiation: Initiation?
    /// Scanning has a turn until then, between two attempts.
    var listensUntil: Int64?
    var links: OrderedDictionary<UInt16, Link> = [:]
    var nextLink = 1
    var pace = PairingPace()
    /// Connects in a row that failed although the peer was heard.
    var connectTroubles = 0
    var status = HostStatus(state: .absent, cause: nil, detail: nil)
    var effects: [HostEffect] = []

    /// A peer as it was heard.
    struct Heard {
        var address: BluetoothAddress
        var at: Int64
    }

    /// - Parameter ownAddress: the static random address we go by on the air, the same for good: it is our identity in every bond.
    package init(ownAddress: BluetoothAddress, timings: HostTimings = HostTimings()) {
        self.ownAddress = ownAddress
        self.timings = timings
    }

    // MARK: - Inputs

    /// Takes what has happened.
    /// - Parameter now: boot time in milliseconds, never going back.
    /// - Returns: what is to be done, in order.
    package mutating func handle(_ input: HostInput, at now: Int64) -> [HostEffect] {
        switch input {
        case .transportOpened: startUp(tries: 1, at: now)
        case .transportClosed(let words, let couldOpen):
            guard case .absent = controller else {
                lose(couldOpen ? .transportClosed : .cannotOpen, words, at: now)
                break
            }
            tell(.absent, couldOpen ? .transportClosed : .cannotOpen, words)
        case .garbled(let fault): reopen(.garbled, "\(fault)", at: now)
        case .received(let packet): received(packet, at: now)
        case .tick: break
        case .listen(let activity): listening = activity
        case .peers(let records): take(records, at: now)
        case .connect(let id, let wish): connect(id, wish, at: now)
        case .operate(let id, let link, let operation): operate(id, link, operation, at: now)
        case .pair(let id, let link, let wish): pair(id, link, wish, at: now)
        case .answered(let link, let said): answered(link, said, at: now)
        case .disconnect(let id, let link): disconnect(id, link, at: now)
        case .drop(let id, let peer): drop(id, peer, at: now)
        case .cancel(let id): cancel(id, at: now)
        }
        pass(now)
        settleDown(at: now)
        defer { effects = [] }
        return effects
    }

    /// When the next ``HostInput/tick`` is due.
    package var nextDeadline: Int64? {
        var deadlines: [Int64?] = [commands.deadline, sender.deadline, scan.deadline, initiation?.deadline, listensUntil]
        deadlines += attempts.map(\.deadline)
        for link in links.values { deadlines += link.deadlines }
        return deadlines.compactMap { $0 }.min()
    }

    /// Whatever has taken too long.
    private mutating func pass(_ now: Int64) {
        if let deadline = commands.deadline, now >= deadline { return stuck("a command was not answered", at: now) }
        guard case .up = controller else { return }
        if let deadline = sender.deadline, now >= deadline { return stuck("it takes no data", at: now) }
        passLinks(now)
        passAttempts(now)
        passScan(now)
    }

    /// Begins what can begin now, and sends what may be sent.
    private mutating func settleDown(at now: Int64) {
        if case .up = controller {
            pursue(at: now)
            reconcileScan(at: now)
        }
        while let command = commands.next(at: now) { effects.append(.send(command.packet)) }
        while let (packet, mark) = sender.nextFragment(at: now) {
            effects.append(.send(packet))
            if let mark { leftWithMark(mark) }
        }
        finishBonds()
        endLeaving(at: now)
        while let command = commands.next(at: now) { effects.append(.send(command.packet)) }
    }

    // MARK: - Packets

    private mutating func received(_ packet: HCIPacket, at now: Int64) {
        do throws(ByteFault) {
            switch packet.kind {
            case .event: event(try HCIEvent(packet.payload), at: now)
            case .acl: data(try ACLFragment(packet.payload), at: now)
            case .command, .synchronous, .isochronous: break
            }
        } catch {
            // What waits for it times out.
            effects.append(.notice("the controller sent a packet that \(error)"))
        }
    }

    private mutating func event(_ event: HCIEvent, at now: Int64) {
        switch event {
        case .commandComplete(let credits, let opcode, let returned):
            if let outcome = commands.completed(opcode, credits: credits, returned: returned) { done(outcome, at: now) }
        case .commandStatus(let status, let credits, let opcode):
            if let outcome = commands.begun(status, opcode, credits: credits) { done(outcome, at: now) }
        case .hardwareError(let code): recover(.hardwareError, "hardware error \(code)", at: now)
        default:
            // Before it is up, all else belongs to what was before the reset.
            guard case .up = controller else { return }
            news(event, at: now)
        }
    }

    private mutating func news(_ event: HCIEvent, at now: Int64) {
        switch event {
        case .disconnectionComplete(let status, let handle, let reason):
            if status.isSuccess { linkEnded(handle, "\(reason)", reason, at: now) }
        case .encryptionChange(let status, let handle, let isOn): encryptionChanged(handle, status, isOn: isOn, at: now)
        case .encryptionKeyRefresh(let status, let handle): encryptionChanged(handle, status, isOn: status.isSuccess, at: now)
        case .completedPackets(let entries):
            for entry in entries { sender.completed(entry.count, of: entry.handle, at: now) }
        case .connectionComplete(let connection): connectionComplete(connection, at: now)
        case .advertising(let reports): heard(reports, at: now)
        case .longTermKeyRequest(let handle): command(.leLongTermKeyNegativeReply(handle), .courtesy, at: now)
        case .connectionParameterRequest(let handle, let wish):
            command(
                wish.isAcceptable ? .leParameterRequestReply(handle, wish) : .leParameterRequestNegativeReply(handle), .courtesy, at: now)
        case .connectionUpdate, .other, .commandComplete, .commandStatus, .hardwareError: break
        }
    }

    // MARK: - Commands

    mutating func command(_ command: HCICommand, _ purpose: Purpose, at now: Int64) {
        if !commands.append(command, purpose) { stuck("too many commands wait for it", at: now) }
    }

    private mutating func done(_ outcome: CommandQueue<Purpose>.Outcome, at now: Int64) {
        switch outcome.purpose {
        case .startUp(let step): started(step, outcome.status, outcome.returned, at: now)
        case .scanParameters(let isActive): scanParametersSet(outcome.status, isActive: isActive, at: now)
        case .scanEnable(let isActive): scanChanged(outcome.status, to: .on(isActive: isActive), at: now)
        case .scanDisable: scanChanged(outcome.status, to: .off, at: now)
        case .connect: connectBegun(outcome.status, at: now)
        case .cancelConnect: cancelTaken(outcome.status, at: now)
        case .disconnect(let handle): disconnectBegun(handle, outcome.status, at: now)
        case .encrypt(let handle): encryptionBegun(handle, outcome.status, at: now)
        case .courtesy: break
        }
    }

    // MARK: - News

    func link(_ number: Int) -> UInt16? { links.first { $0.value.number == number }?.key }

    mutating func answer(_ id: HostRequestID, _ result: Result<HostAnswer, HostFailure>) { effects.append(.answer(id, result)) }

    mutating func tell(_ state: HostStatus.State, _ cause: HostStatus.Cause?, _ detail: String?) {
        let news = HostStatus(state: state, cause: cause, detail: detail)
        guard news != status else { return }
        status = news
        effects.append(.status(news))
    }
}
