import LinuxIO
import Testing

@Suite("Line splitter")
struct LineSplitterTests {
    private func lines(_ pieces: [[UInt8]], limit: Int) -> (lines: [String], tooLong: Bool) {
        var splitter = LineSplitter(limit: limit)
        var lines: [String] = []
        for piece in pieces {
            piece.withUnsafeBytes { splitter.append($0) }
            taking: while true {
                switch splitter.next() {
                case .line(let line): lines.append(text(line))
                case .needsMore: break taking
                case .tooLong: return (lines, true)
                }
            }
        }
        return (lines, false)
    }

    @Test("every split of the input into three reads gives the same lines")
    func everySplit() {
        let input = bytes("{\"a\":1}\n\nübermütig\r\nlast\nunfinished")
        for first in 0...input.count {
            for second in first...input.count {
                let pieces = [Array(input[..<first]), Array(input[first..<second]), Array(input[second...])]
                let (lines, tooLong) = lines(pieces, limit: 64)
                #expect(lines == ["{\"a\":1}", "", "übermütig\r", "last"])
                #expect(!tooLong)
            }
        }
    }

    @Test("a line of exactly the limit passes, one byte more does not", arguments: [1, 2, 7, 100])
    func limit(pieceBytes: Int) {
        let exact = bytes(String(repeating: "x", count: 32) + "\n")
        let over = bytes("ok\n" + String(repeating: "x", count: 33) + "\nafter\n")
        func pieces(_ input: [UInt8]) -> [[UInt8]] {
            stride(from: 0, to: input.count, by: pieceBytes).map { Array(input[$0..<min($0 + pieceBytes, input.count)]) }
        }
        #expect(lines(pieces(exact), limit: 32) == ([String(repeating: "x", count: 32)], false))
        #expect(lines(pieces(over), limit: 32) == (["ok"], true))
    }

    @Test("a line that does not end is refused as soon as it passes the limit")
    func endless() {
        var splitter = LineSplitter(limit: 16)
        bytes(String(repeating: "x", count: 16)).withUnsafeBytes { splitter.append($0) }
        #expect(splitter.next() == .needsMore)
        bytes("x").withUnsafeBytes { splitter.append($0) }
        #expect(splitter.next() == .tooLong)
    }

    @Test("a long stream of lines keeps only what has not been taken")
    func longStream() {
        var splitter = LineSplitter(limit: 64)
        var count = 0
        for number in 0..<20_000 {
            bytes("line \(number)\npart").withUnsafeBytes { splitter.append($0) }
            while case .line = splitter.next() { count += 1 }
            #expect(splitter.pendingBytes <= 64)
        }
        #expect(count == 20_000)
    }
}
