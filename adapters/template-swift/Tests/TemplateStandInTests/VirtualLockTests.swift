// SPDX-License-Identifier: MIT-0
import TemplateLines
import Testing

@testable import TemplateStandIn

@Suite("The virtual lock")
struct VirtualLockTests {
    private let driver = VirtualLock.Driver(link: 5, number: "7", operation: "op-1")

    @Test("A command is answered when the motor has stopped, and not before")
    func drive() {
        let lock = VirtualLock()
        var answers: [String] = []
        lock.over = { _, result in answers.append(result) }
        lock.drive("unlock", by: driver, at: 1000)
        #expect(lock.bolt == "moving" && answers.isEmpty)
        #expect(lock.due(at: 1049) == 1050)
        #expect(answers.isEmpty)
        #expect(lock.due(at: 1050) == nil)
        #expect(lock.bolt == "unlocked" && answers == ["done"] && lock.drives == 1 && lock.moves == 1)
    }

    @Test("A door that is open blocks the bolt")
    func blocked() {
        let lock = VirtualLock()
        var answers: [String] = []
        lock.over = { _, result in answers.append(result) }
        lock.turn("unlock", source: "manual", at: 0)
        lock.set(door: "open")
        lock.drive("lock", by: driver, at: 0)
        _ = lock.due(at: 50)
        #expect(lock.bolt == "notFullyLocked" && answers == ["blocked"])
    }

    @Test("What it did is told, with the operation behind it")
    func told() {
        let lock = VirtualLock()
        var told: [String] = []
        lock.tell = { told.append($0) }
        lock.drive("unlock", by: driver, at: 0)
        _ = lock.due(at: 50)
        lock.turn("lock", source: "manual", at: 60)
        #expect(told == ["event unlocked closed remote op-1", "event locked closed manual -"])
    }

    @Test("The kit's lines are read, and those it does not know refused")
    func kit() {
        #expect(KitLine(#"{"do":"set","stall":true}"#) == .set("stall", true))
        #expect(KitLine(#"{"do":"turn","action":"unlock"}"#) == .turn(action: "unlock", source: "manual"))
        #expect(KitLine(#"{"do":"set","mask":true}"#) == nil)
    }

    @Test("Lines are cut wherever the pieces end")
    func lines() {
        var buffer = LineBuffer()
        #expect(buffer.take("1 at".utf8) == [])
        #expect(buffer.take("tach\n2 read\n3".utf8) == ["1 attach", "2 read"])
    }
}
