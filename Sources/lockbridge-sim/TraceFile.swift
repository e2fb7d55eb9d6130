import Glibc
import Simulation

/// A trace read line by line, and repeated.
struct TraceFile {
    let path: String

    /// - Returns: the exit code: 0 when every decision is the same, 1 when one is not or the file can't be read.
    func replay() -> Int32 {
        guard let file = fopen(path, "r") else {
            print("\(path): \(String(cString: strerror(errno)))")
            return 1
        }
        defer { fclose(file) }
        var replay = Replay()
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while true {
            let count = getline(&line, &capacity, file)
            guard count > 0, let line else { break }
            let text = UnsafeRawBufferPointer(start: line, count: count)
            do throws(Replay.Finding) {
                try replay.take(Array(text.last == 0x0A ? text.dropLast() : text[...]))
            } catch {
                print("\(path): \(error)")
                return 1
            }
        }
        print("\(path): \(replay.inputs) inputs decided the same here.")
        return replay.inputs > 0 ? 0 : 1
    }
}
