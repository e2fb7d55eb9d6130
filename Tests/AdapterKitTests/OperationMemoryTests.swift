import AdapterProtocol
import LockModel
import Testing

@testable import AdapterKit

@Suite("What a lock remembers of its operations")
struct OperationMemoryTests {
    private func id(_ number: Int) throws -> OperationID { try #require(OperationID("op-\(number)")) }

    private func done(_ operation: OperationID) -> OperateResult {
        OperateResult(operation: operation, outcome: .done, bolt: .unlocked, door: .closed)
    }

    @Test("the first outcome of an operation stands")
    func first() throws {
        var memory = OperationMemory()
        let operation = try id(1)
        #expect(memory.decide(operation, .unlock) == .start)
        memory.remember(OperateResult(operation: operation, outcome: .unknown, bolt: .unknown, door: .unknown, reason: .timeout))
        memory.remember(done(operation))
        memory.end(operation)
        guard case .remembered(let result) = memory.decide(operation, .unlock) else {
            Issue.record("not remembered")
            return
        }
        #expect(result.outcome == .unknown)
    }

    @Test("the last 256 operations are remembered, the 257th pushes the oldest out")
    func bounded() throws {
        var memory = OperationMemory()
        for number in 0...256 {
            let operation = try id(number)
            #expect(memory.decide(operation, .unlock) == .start)
            memory.remember(done(operation))
            memory.end(operation)
        }
        #expect(memory.decide(try id(1), .unlock) == .remembered(done(try id(1))))
        #expect(memory.decide(try id(256), .unlock) == .remembered(done(try id(256))))
        #expect(memory.decide(try id(0), .unlock) == .start)
    }

    @Test("an operation without an outcome leaves its id unused")
    func unused() throws {
        var memory = OperationMemory()
        #expect(memory.decide(try id(1), .unlock) == .start)
        memory.end(try id(1))
        #expect(memory.decide(try id(1), .lock) == .start)
    }
}
