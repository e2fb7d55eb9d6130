import LinuxIO
import LockModel
import WireBytes

/// One line that passed between core, adapter and device, with its time: what `adapter run` shows and records, and `adapter replay` says again.
///
/// On paper `{"ms": 12, "from": "core", "line": {…}}`; what is no JSON object stands as `"text"`.
package struct RecordedLine: Sendable, Equatable, JSONWritable, JSONReadable {
    /// Who said it.
    package enum Speaker: String, Sendable, CaseIterable {
        /// To the adapter.
        case core
        /// On its standard output.
        case adapter
        /// On its standard error.
        case log
        /// To the device that it drives.
        case hand
        /// The device's answer to the hand.
        case device
    }

    /// What was said.
    package enum Content: Sendable, Equatable {
        case line(JSONObject)
        case text(String)
    }

    /// Since the beginning.
    package var milliseconds: Int64
    package var from: Speaker
    package var content: Content

    package init(milliseconds: Int64, from: Speaker, _ content: Content) {
        self.milliseconds = milliseconds
        self.from = from
        self.content = content
    }

    /// A line of bytes, as an object where it is one.
    package init(milliseconds: Int64, from: Speaker, bytes: [UInt8]) {
        self.milliseconds = milliseconds
        self.from = from
        if case .object(let object)? = try? StrictJSON.parse(bytes, maximumDepth: StrictJSON.deepestNesting) {
            content = .line(object)
        } else {
            content = .text(String(decoding: bytes, as: UTF8.self))
        }
    }

    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        try json.member("ms", milliseconds)
        json.member("from", from.rawValue)
        switch content {
        case .line(let object): try json.member("line", JSONValue.object(object))
        case .text(let text): json.member("text", text)
        }
        json.endObject()
    }

    package init(json: JSONObject) throws(JSONDecodingError) {
        milliseconds = try json.requiredInteger("ms")
        from = try json.requiredWord("from")
        if case .object(let object)? = json["line"] {
            content = .line(object)
        } else {
            content = .text(try json.requiredText("text"))
        }
    }

    /// The object, where it is one.
    package var object: JSONObject? {
        if case .line(let object) = content { return object }
        return nil
    }

    /// Reads a recording: a line of JSON each.
    /// - Throws: ``ConformanceRefusal`` naming the file, or the line that is none.
    package static func read(_ path: String) throws(ConformanceRefusal) -> [RecordedLine] {
        let bytes: [UInt8]
        do throws(IOFailure) { bytes = try SmallFile.bytes(at: path, limit: 64 << 20) } catch {
            throw ConformanceRefusal(description: "\(path): \(error)")
        }
        var lines: [RecordedLine] = []
        for (number, line) in bytes.split(separator: 0x0A).enumerated() {
            do {
                let value = try StrictJSON.parse(Array(line), maximumDepth: StrictJSON.deepestNesting)
                lines.append(try StrictJSON.decode(RecordedLine.self, from: value))
            } catch {
                throw ConformanceRefusal(description: "\(path), line \(number + 1): \(error)")
            }
        }
        return lines
    }
}
