import LockModel
import Testing

@testable import Conformance

@Suite("The codes that the kit tries a keypad with")
struct CodeChoiceTests {
    @Test(
        "are of the digits and the beginning that the lock takes, and the others are not",
        arguments: [
            (nil, nil, 6), ("123456789", "12", 6), ("123456789", "73", 4), ("12", nil, 8), ("12345", "5", 6), (nil, "7", 1),
        ] as [(String?, String?, Int)])
    func choice(digits: String?, notBeginning: String?, length: Int) {
        let codes = LockCapabilities.Codes(
            slots: 1, firstSlot: 1, lengthMin: length, lengthMax: length, readBack: .full, digits: digits, notBeginning: notBeginning)
        let choice = CodeChoice(digits: digits, notBeginning: notBeginning, length: length)
        #expect(codes.takes(choice.taken))
        #expect(choice.untaken.allSatisfy { $0.count == length && !codes.takes($0) })
        #expect(choice.untaken.isEmpty == (digits == nil && notBeginning == nil))
    }
}
