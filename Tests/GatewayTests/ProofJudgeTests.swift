import LockModel
import Testing

@testable import Gateway

@Suite("What a door was proved to do")
struct ProofJudgeTests {
    private func judge(_ proof: ProofCase, _ assurance: RelockAssurance? = .lockAuto, _ seen: (inout ProofJudge) -> Void) -> [String] {
        var judge = ProofJudge(proof, assurance: assurance)
        seen(&judge)
        let verdict = judge.verdict
        return [verdict.result.rawValue] + (verdict.cause.map { [$0.rawValue] } ?? [])
    }

    private func door(_ judge: inout ProofJudge, _ door: DoorState, _ bolt: BoltState = .unlocked, isDue: Bool = false) {
        judge.saw(bolt: bolt, door: door, jammed: false, isOnline: true, isDue: isDue)
    }

    @Test("a door that was never seen open when its lock was due proves nothing of a door ajar")
    func ajar() {
        #expect(judge(.ajar) { _ in } == ["notShown", "doorNotOpened"])
        #expect(judge(.ajar) { door(&$0, .open) } == ["notShown", "doorNotOpened"], "closed again in time")
        #expect(judge(.ajar) { door(&$0, .open, isDue: true) } == ["failed", "noAlarm"])
        let held = judge(.ajar) {
            door(&$0, .ajar, isDue: true)
            $0.alarmed(.doorOpen)
        }
        #expect(held == ["held"])
    }

    @Test("a bolt that comes out at an open door fails, whatever else was seen")
    func openAir() {
        for proof in ProofCase.allCases { #expect(judge(proof) { door(&$0, .open, .locked) } == ["failed", "boltInOpenAir"]) }
        let driven = judge(.ajar) {
            door(&$0, .open, isDue: true)
            $0.alarmed(.doorOpen)
            $0.drove(door: .open)
        }
        #expect(driven == ["failed", "boltInOpenAir"])
    }

    @Test("a bolt has to be seen stuck, and an alarm to be raised over it")
    func blocked() {
        #expect(judge(.blocked) { _ in } == ["notShown", "boltNotBlocked"])
        #expect(judge(.blocked) { $0.alarmed(.doorOpen) } == ["notShown", "boltNotBlocked"])
        let unnoticed = judge(.blocked) { $0.saw(bolt: .notFullyLocked, door: .closed, jammed: true, isOnline: true, isDue: true) }
        #expect(unnoticed == ["failed", "noAlarm"])
        #expect(judge(.blocked) { $0.alarmed(.lockJammed) } == ["held"])
    }

    @Test("a lock with a relock of its own has to lock before the gateway does")
    func radioCut() {
        #expect(judge(.radioCut) { $0.drove(door: .closed) } == ["notShown", "linkNotCut"])
        for (assurance, driven) in [(RelockAssurance.lockAuto, true), (.lockTimed, true), (.lockAuto, false), (.lockTimed, false)] {
            let found = judge(.radioCut, assurance) {
                $0.alarmed(.lockOffline)
                $0.restored()
                if driven { $0.drove(door: .closed) }
            }
            let early = judge(.radioCut, assurance) {
                $0.alarmed(.lockOffline)
                $0.drove(door: .closed)
                $0.restored()
            }
            #expect(early == ["notShown", "linkNotCut"], "back before its own relock had its time")
            #expect(found == (driven ? ["failed", "stayedOpen"] : ["held"]), "\(assurance)")
        }
    }

    @Test("of a lock that only the gateway relocks the alarm has to stand while it is cut off")
    func gatewayOnly() {
        func cut(_ judge: inout ProofJudge) { judge.saw(bolt: .unlocked, door: .absent, jammed: false, isOnline: false, isDue: true) }
        #expect(judge(.radioCut, .gatewayOnly) { cut(&$0) } == ["failed", "noAlarm"])
        let held = judge(.radioCut, .gatewayOnly) {
            cut(&$0)
            $0.alarmed(.lockOffline)
            $0.drove(door: .closed)
        }
        #expect(held == ["held"])
    }
}
