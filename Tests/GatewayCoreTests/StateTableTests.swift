import Glibc
import LockModel
import Testing

@testable import GatewayCore

/// `Sources/GatewayCore/README.md` tells the state machine; these hold it against the machine.
@Suite("The state machine as it is told")
struct StateTableTests {
    private func readme() throws -> String {
        var path = #filePath
        for _ in 0..<3 { path = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }
        let file = try #require(fopen(path + "/Sources/GatewayCore/README.md", "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    @Test("the table says what the machine does, in every state with every input")
    func table() throws {
        #expect(try readme().contains(StateTable.markdown), "the table should read:\n\(StateTable.markdown)")
    }

    @Test("the picture has every change of state, and no other")
    func picture() throws {
        #expect(try readme().contains("stateDiagram-v2\n" + StateTable.diagram), "the picture should read:\n\(StateTable.diagram)")
    }

    @Test("the table reaches every state it names")
    func states() {
        #expect(
            StateTable.states.map(\.name) == [
                "unread", "closed", "accepted", "unlocking", "unlocked", "settling", "reading", "driving", "waiting",
            ])
        for state in StateTable.states {
            let stays = StateTable.Stimulus(name: "nothing") { _ in .read(-1, .failed(.timeout)) }
            #expect(StateTable.step(state, stays).next == state.name)
            #expect(StateTable.step(state, stays).decisions.isEmpty)
        }
    }

    @Test("an unlock goes out of one state only, and by one input")
    func oneWay() {
        var ways: [String] = []
        for state in StateTable.states {
            for stimulus in StateTable.stimuli {
                let drives = StateTable.step(state, stimulus).decisions.contains {
                    if case .drive(_, let action, _, _) = $0 { action != .lock } else { false }
                }
                if drives { ways.append("\(state.name): \(stimulus.name)") }
            }
        }
        #expect(ways == ["accepted: last check passed"])
    }

    @Test("what is owed ends by a reading that says locked, by nothing having been sent, or by the operator")
    func endings() {
        for state in StateTable.states where !state.machine.owed.isEmpty {
            for stimulus in StateTable.stimuli {
                let ends = StateTable.step(state, stimulus).decisions.contains { decision in
                    switch decision {
                    case .secured(let ended, _, _, _): !ended.isEmpty
                    case .cancelled, .released: true
                    default: false
                    }
                }
                let allowed = ["read: locked", "answer: not sent", "operator's release"].contains(stimulus.name)
                #expect(!ends || allowed, "\(state.name): \(stimulus.name)")
            }
        }
    }
}
