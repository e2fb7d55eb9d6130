import LockCrypto
import LockModel
import Testing

@testable import Journal

@Suite("The anchor")
struct AnchorTests {
    private let mark = JournalMark(number: 4_711, head: Sample.digest(9))

    @Test("says how far the journal was, and is believed with the gateway's own key alone")
    func reads() throws {
        let key = try SigningKey.generate()
        let anchor = try Anchor(mark, signedBy: key)
        #expect(try Anchor(anchor.encoded, signedBy: key.verifyingKey).mark == mark)
        let other = try SigningKey.generate().verifyingKey
        #expect(throws: Anchor.Refusal.forged) { try Anchor(anchor.encoded, signedBy: other) }
    }

    @Test("is refused with any byte changed, and cut short anywhere")
    func changed() throws {
        let key = try SigningKey.generate()
        let bytes = try Anchor(mark, signedBy: key).encoded
        for place in bytes.indices where place != bytes.count - 1 {
            var flipped = bytes
            flipped[place] ^= 1
            #expect(throws: Anchor.Refusal.self, "byte \(place)") { try Anchor(flipped, signedBy: key.verifyingKey) }
            #expect(throws: Anchor.Refusal.self, "cut at \(place)") { try Anchor(Array(bytes[..<place]), signedBy: key.verifyingKey) }
        }
    }

    @Test("an append says where the chain ends, and every earlier point can be looked up")
    func marks() throws {
        let notebook = try Notebook()
        try notebook.withJournal { journal in
            #expect(try journal.mark() == .start)
            let first = try journal.append([JournalEntry(record: Sample.record(1, .gatewayStopped), changes: [])])
            let second = try journal.append([JournalEntry(record: Sample.record(2, .handedOver), changes: [])])
            #expect(first.number == 1 && second.number == 2 && first.head != second.head)
            #expect(try journal.mark() == second)
            #expect(try journal.mark(after: 1) == first)
            #expect(try journal.mark(after: 0) == .start)
            #expect(try journal.mark(after: 3) == nil)
        }
    }
}
