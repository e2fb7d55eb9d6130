import BLEStack
import LockCrypto
import Testing

/// A pairing machine and a scripted lock that talk to each other, and a human who answers.
struct PairingScene {
    var machine = PairingMachine()
    var lock = ScriptedLock()
    var plan: PairingMachine.Plan
    /// The human's answer; `nil` leaves the question open.
    var human: (PairingMachine.Question, ScriptedLock) -> PairingMachine.Input? = { question, lock in
        switch question {
        case .compare(let number): .compared(same: number == lock.number)
        case .typePasskey: lock.passkey.flatMap { Passkey(Int($0.number)) }.map { .typed($0) }
        }
    }
    /// The controller's word after LE Enable Encryption; `nil` keeps silent.
    var encryption: PairingMachine.Input? = .encryptionChanged(status: 0, isOn: true)

    private(set) var bond: Bond?
    private(set) var failure: SMPFailure?
    private(set) var isDisconnected = false
    private(set) var sent: [SMPCode] = []
    private(set) var questions: [PairingMachine.Question] = []
    private(set) var withdrawn = 0
    private(set) var encryptedWith: SecretBytes?
    /// The last payload sent.
    private(set) var last: [UInt8] = []
    var now: Int64 = 1_000

    init(_ model: AssociationModel, lock: ScriptedLock = ScriptedLock()) {
        plan = PairingMachine.Plan(model: model, ownAddress: ScriptedLock.own, peerAddress: ScriptedLock.address)
        self.lock = lock
        switch model {
        case .justWorks: self.lock.features.ioCapability = .noInputNoOutput
        case .numericComparison: self.lock.features.ioCapability = .displayYesNo
        case .passkeyEntry:
            self.lock.features.ioCapability = .displayOnly
            self.lock.passkey = self.lock.passkey ?? ScriptedLock.Passkey(number: 481_516)
        }
    }

    /// Lives the pairing until nothing more happens.
    mutating func run() throws {
        try perform(machine.begin(plan, at: now))
    }

    /// Gives one input and carries out what follows.
    mutating func input(_ input: PairingMachine.Input) throws {
        try perform(machine.handle(input, at: now))
    }

    private mutating func perform(_ effects: [PairingMachine.Effect]) throws {
        var waiting = effects[...]
        while let effect = waiting.popFirst() {
            switch effect {
            case .send(let payload):
                sent.append(try #require(try SMPPDU.decode(payload)).code)
                last = payload
                for answer in try lock.answer(payload) { waiting += machine.handle(.received(answer), at: now) }
            case .ask(let question):
                questions.append(question)
                if let answer = human(question, lock) { waiting += machine.handle(answer, at: now) }
            case .withdrawQuestion: withdrawn += 1
            case .encrypt(let key):
                encryptedWith = key
                if let encryption {
                    waiting += machine.handle(encryption, at: now)
                    for payload in lock.distributed() { waiting += machine.handle(.received(payload), at: now) }
                }
            case .bonded(let bond): self.bond = bond
            case .failed(let failure): self.failure = failure
            case .disconnect: isDisconnected = true
            }
        }
    }
}
