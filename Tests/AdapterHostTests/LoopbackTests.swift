import AdapterProtocol
import LinuxIO
import LockModel
import Testing
import WireBytes

@testable import AdapterHost

extension RealChildren {
    /// The loopback adapter and its locks as real processes, driven as the core drives them.
    @Suite("The loopback adapter under supervision")
    struct LoopbackTests {
        private static let quick =
            #"[{"name":"front","door":"closed","motorMilliseconds":0,"unlatch":true,"timedUnlock":true,"secondMilliseconds":10}]"#
        private static let slow = #"[{"name":"front","door":"closed","motorMilliseconds":300}]"#

        private func result(_ operation: String, _ outcome: OperationOutcome, _ bolt: BoltState, _ reason: Reason? = nil) throws
            -> OperateAnswer
        {
            .result(
                OperateResult(
                    operation: try #require(OperationID(operation)), outcome: outcome, bolt: bolt, door: .closed, reason: reason))
        }

        @Test("an unlock and a lock move the motor once each, and the readings are the lock's own")
        func unlockAndLock() throws {
            let world = try LoopbackWorld(Self.quick)
            try world.begin()
            #expect(try world.operate("a", .unlock) == result("a", .done, .unlocked))
            let open = try world.read()
            #expect(open.bolt == .unlocked && open.door == .closed && open.confirmedBy == .boltAndDoor && !open.jammed)
            #expect(try world.operate("b", .lock) == result("b", .done, .locked))
            #expect(try world.read().isConfirmedLocked)
            #expect(try world.operate("b", .lock) == result("b", .done, .locked))
            #expect(try world.operate("c", .lock) == result("c", .done, .locked))
            #expect(try world.moves() == ["unlock start", "unlock end", "lock start", "lock end"])
            // The repeat of b never reached the lock; c did, and found the bolt there.
            #expect(try world.hand(#"{"do":"state"}"#)["drives"] == 3)
            #expect(world.observed.isEmpty)
            try world.end()
        }

        @Test("a reading while the motor runs says moving, and the outcome comes after it stopped")
        func moving() throws {
            let world = try LoopbackWorld(Self.slow)
            try world.begin()
            var answer: OperateAnswer?
            try world.order("a", .unlock) { answer = $0 }
            try world.untilMotorRuns()
            #expect(try world.read().bolt == .moving)
            #expect(answer == nil)
            try world.until("the outcome") { answer != nil }
            #expect(answer == (try result("a", .done, .unlocked)))
            try world.end()
        }

        @Test("a jam is a failure with its reason, and reads as jammed")
        func jam() throws {
            let world = try LoopbackWorld(Self.quick)
            try world.begin()
            try world.hand(#"{"do":"set","jam":true}"#)
            #expect(try world.operate("a", .unlock) == result("a", .failed, .notFullyLocked, .lockJammed))
            let reading = try world.read()
            #expect(reading.jammed && reading.bolt == .notFullyLocked)
            try world.end()
        }

        @Test("a knob, a keypad and a door are told with their source, and an own operation is not")
        func observed() throws {
            let world = try LoopbackWorld(Self.quick)
            try world.begin()
            try world.hand(#"{"do":"turn"}"#)
            _ = try world.operate("a", .lock)
            try world.hand(#"{"do":"turn","source":"keypad","slot":4}"#)
            try world.hand(#"{"do":"set","door":"open"}"#)
            try world.until("three observations") { world.observed.count == 3 }
            #expect(world.observed.map(\.source) == [.manual, .keypad, .unspecified])
            #expect(world.observed.map(\.bolt) == [.unlocked, .unlocked, .unlocked])
            #expect(world.observed.map(\.door) == [.closed, .closed, .open])
            #expect(world.observed[1].actor == ChangeActor(kind: .keypadUser, ref: "4"))
            #expect(world.observed.compactMap(\.logIndex) == [1, 3, 4])
            try world.end()
        }

        @Test("a timed unlock locks itself, and says that it was the lock")
        func timedUnlock() throws {
            let world = try LoopbackWorld(Self.quick)
            try world.begin()
            var answer: OperateAnswer?
            world.adapter.operate(front, operation: try #require(OperationID("a")), .unlock, openSeconds: 5, ttlMilliseconds: 5000) {
                answer = $0
            }
            try world.until("the relock") { world.observed.first?.bolt == .locked }
            #expect(answer == (try result("a", .done, .unlocked)) && world.observed.first?.source == .auto)
            try world.end()
        }

        @Test("a motor that goes on past the time to live is unknown, and after the drop the lock can be asked again")
        func stall() throws {
            let world = try LoopbackWorld(Self.quick)
            try world.begin()
            try world.hand(#"{"do":"set","stall":true}"#)
            #expect(
                try world.operate("a", .unlock, ttlMilliseconds: 800)
                    == .result(
                        OperateResult(
                            operation: try #require(OperationID("a")), outcome: .unknown, bolt: .unknown, door: .unknown, reason: .timeout))
            )
            var isDropped = false
            world.adapter.drop(front) { isDropped = failure(of: $0) == nil }
            try world.until("the drop") { isDropped }
            #expect(try world.hand(#"{"do":"state"}"#)["links"] == 0)
            try world.hand(#"{"do":"set","stall":false}"#)
            #expect(try world.operate("b", .lock) == result("b", .done, .locked))
            #expect(try world.moves() == ["unlock start", "unlock end", "lock start", "lock end"])
            try world.end()
        }

        @Test("an adapter that crashes in the middle leaves the outcome unknown; the motor goes on, and the lock comes up again")
        func crash() throws {
            let world = try LoopbackWorld(Self.slow)
            try world.begin()
            var answer: OperateAnswer?
            try world.order("a", .unlock) { answer = $0 }
            try world.untilMotorRuns()
            try world.crashAdapter()
            try world.until("the end of the first life") { !world.downs.isEmpty }
            #expect(answer == .unknown(.adapterFailed) && world.links[front] == .down(.adapterFailed))
            try world.untilUp()
            while try world.read().bolt == .moving {}
            #expect(try world.read().bolt == .unlocked)
            #expect(try world.moves() == ["unlock start", "unlock end"])
            #expect(world.downs == [.exited(.killed(signal: 9))] && world.adapter.child.counters.crashes == 1)
            try world.end()
        }

        @Test("a lock out of reach is down with its reason, and comes up by itself when it is back")
        func outOfReach() throws {
            let world = try LoopbackWorld(Self.quick)
            try world.hand(#"{"do":"set","unreachable":true}"#)
            world.adapter.addLock(front, vendorState: nil)
            world.adapter.start()
            try world.until("it is down") { world.links[front] == .down(.lockOffline) }
            #expect(try world.operate("a", .unlock) == .notSent(.lockOffline))
            try world.hand(#"{"do":"set","unreachable":false}"#)
            try world.untilUp()
            #expect(try world.operate("b", .unlock) == result("b", .done, .unlocked))
            try world.end()
        }

        @Test("a lock that goes out of reach later gets nothing, and says so")
        func lostLater() throws {
            let world = try LoopbackWorld(Self.quick)
            try world.begin()
            try world.hand(#"{"do":"set","unreachable":true}"#)
            #expect(try world.operate("a", .unlock) == .notSent(.lockOffline))
            #expect(throws: CallFailure.self) { try world.read() }
            #expect(try world.moves().isEmpty)
            try world.end()
        }

        @Test("what happened while the link was gone is told once it is back")
        func hangUp() throws {
            let world = try LoopbackWorld(Self.quick)
            try world.begin()
            try world.hand(#"{"do":"hangup"}"#)
            try world.hand(#"{"do":"turn"}"#)
            try world.until("the turn is told") { !world.observed.isEmpty }
            #expect(world.observed.map(\.source) == [.manual])
            #expect(try world.read().bolt == .unlocked)
            try world.end()
            #expect(world.observed.count == 1)
        }

        @Test("a virtual lock that does not exist is not paired, and a vendor state names another one")
        func vendorState() throws {
            let world = try LoopbackWorld(#"[{"name":"device-1","motorMilliseconds":0}]"#)
            try world.beginRefused()
            #expect(world.links[front] == .down(.unknownLock))
            world.adapter.addLock(front, vendorState: ["device": "device-1"])
            try world.untilUp()
            #expect(try world.read().door == .absent)
            try world.end()
        }

        @Test("a removed lock is asked nothing any more, and what it does is not told")
        func remove() throws {
            let world = try LoopbackWorld(Self.quick)
            try world.begin()
            world.adapter.removeLock(front)
            #expect(try world.operate("a", .unlock) == .notSent(.lockOffline))
            while try world.hand(#"{"do":"state"}"#)["links"] != 0 {}
            try world.hand(#"{"do":"turn"}"#)
            try world.end()
            #expect(world.observed.isEmpty)
        }

        @Test("two thousand locks come up through one adapter, and again after its crash")
        func many() throws {
            let names = (0..<2000).map { "lock-\($0)" }
            let world = try LoopbackWorld("[" + names.map { #"{"name":"\#($0)","motorMilliseconds":0}"# }.joined(separator: ",") + "]")
            let locks = try names.map { try #require(LockID($0)) }
            for lock in locks { world.adapter.addLock(lock, vendorState: nil) }
            world.adapter.start()
            func upCount() -> Int { world.links.values.count { if case .up = $0 { true } else { false } } }
            try world.until("all are up") { upCount() == locks.count }
            try world.crashAdapter()
            try world.until("all are down") { upCount() == 0 && !world.downs.isEmpty }
            try world.until("all are up again") { upCount() == locks.count }
            #expect(try world.read(locks[1999]).bolt == .locked)
            try world.end()
        }
    }
}

extension LoopbackWorld {
    /// Starts the adapter with `front`, and waits until it was refused.
    fileprivate func beginRefused() throws {
        adapter.addLock(front, vendorState: nil)
        adapter.start()
        try until("it is refused") { if case .down = links[front] { true } else { false } }
    }
}
