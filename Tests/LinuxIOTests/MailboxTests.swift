import LinuxIO
import Testing

@Suite("Mailbox")
struct MailboxTests {
    @Test("messages from another thread arrive on the loop once each and in order")
    func inOrder() throws {
        let received = Seen<Int>()
        try withLoop { loop in
            let mailbox = try Mailbox<Int>(capacity: 10_000)
            _ = try loop.receive(from: mailbox) { messages in
                received.values += messages
                if received.values.count == 10_000 { loop.stop() }
            }
            try DetachedThread.start(named: "poster") {
                for number in 0..<10_000 { _ = mailbox.post(number) }
            }
        }
        #expect(received.values == Array(0..<10_000))
    }

    @Test("a full mailbox takes nothing and says so, and has room again once it was received")
    func bounded() throws {
        let received = Seen<Int>()
        try withLoop { loop in
            let mailbox = try Mailbox<Int>(capacity: 2)
            #expect((0..<4).map(mailbox.post) == [.accepted, .accepted, .full, .full])
            _ = try loop.receive(from: mailbox) { messages in
                received.values += messages
                if received.values.count == 2 { #expect(mailbox.post(9) == .accepted) } else { loop.stop() }
            }
        }
        #expect(received.values == [0, 1, 9])
    }

    @Test("closing a mailbox gives back what waited and refuses the rest")
    func closed() throws {
        let mailbox = try Mailbox<String>(capacity: 4)
        _ = mailbox.post("waiting")
        #expect(mailbox.close() == ["waiting"])
        #expect(mailbox.post("late") == .closed)
        #expect(mailbox.waitForMessages() == nil)
    }

    @Test("a worker gets what the loop posts and answers it, until its mailbox closes")
    func worker() throws {
        let answers = Seen<Int>()
        try withLoop { loop in
            let work = try Mailbox<Int>(capacity: 8)
            let results = try Mailbox<Int?>(capacity: 8)
            try DetachedThread.start(named: "worker") {
                while let numbers = work.waitForMessages() {
                    for number in numbers { _ = results.post(number * number) }
                }
                _ = results.post(nil)
            }
            _ = try loop.receive(from: results) { messages in
                for message in messages {
                    guard let message else { return loop.stop() }
                    answers.values.append(message)
                    if message == 49 { work.close() }
                }
            }
            for number in [3, 5, 7] { #expect(work.post(number) == .accepted) }
        }
        #expect(answers.values == [9, 25, 49])
    }
}
