import LockModel

/// The files of an adapter as it is delivered: a tar (POSIX ustar, with GNU and pax long names), read as something a stranger wrote.
///
/// Only folders and regular files come through. Refused are absolute paths, `..`, links of either kind, devices, pipes and whatever else a
/// tar can hold, two entries of one path, a file below a file, and more than the bounds. Owners, times and set-user-id bits are ignored.
package struct TarArchive: Sendable {
    /// One regular file.
    package struct File: Sendable, Equatable {
        /// Below the adapter's folder, without a leading `/` or `./`.
        package var path: String
        package var isExecutable: Bool
        package var bytes: ArraySlice<UInt8>
    }

    /// Why an archive is not taken, with the entry's name.
    package struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// The largest archive, in bytes.
    package static let maximumBytes = 64 << 20
    /// The most entries.
    package static let maximumEntries = 4096
    static let maximumPathBytes = 512
    static let maximumDepth = 16
    private static let block = 512

    /// In the archive's order; a folder that holds everything is left out of the paths.
    package private(set) var files: [File] = []

    /// Reads an archive.
    /// - Throws: ``Refusal``; nothing of such an archive may be used.
    package init(_ bytes: [UInt8]) throws(Refusal) {
        guard bytes.count <= Self.maximumBytes else { throw Refusal(description: "larger than \(Self.maximumBytes >> 20) MiB") }
        if bytes.starts(with: [0x1F, 0x8B]) { throw Refusal(description: "compressed; gunzip it first") }
        var paths: Set<String> = []
        var longName: String?
        var place = 0
        var entries = 0
        while place + Self.block <= bytes.count {
            let header = bytes[place..<place + Self.block]
            if header.allSatisfy({ $0 == 0 }) { break }
            guard let size = Self.checkedSize(header) else { throw Refusal(description: "no tar: byte \(place) is no header") }
            let content = place + Self.block
            guard size <= bytes.count - content else { throw Refusal(description: "cut off in the entry at byte \(place)") }
            place = content + (size + Self.block - 1) / Self.block * Self.block
            entries += 1
            guard entries <= Self.maximumEntries else { throw Refusal(description: "more than \(Self.maximumEntries) entries") }
            let body = bytes[content..<content + size]
            switch header[header.startIndex + 156] {
            case UInt8(ascii: "L"): longName = Self.text(body)
            case UInt8(ascii: "x"): longName = Self.path(inPax: body) ?? longName
            case UInt8(ascii: "g"): break
            case UInt8(ascii: "0"), 0:
                let path = try Self.checked(longName ?? Self.name(header))
                longName = nil
                guard !path.isEmpty else { throw Refusal(description: "a file in it has no name") }
                guard paths.insert(path).inserted else { throw Refusal(description: "\(path) is in it twice") }
                files.append(File(path: path, isExecutable: Self.octal(header, 100, 8).map { $0 & 0o111 != 0 } ?? false, bytes: body))
            case UInt8(ascii: "5"):
                _ = try Self.checked(longName ?? Self.name(header))
                longName = nil
            case UInt8(ascii: "1"), UInt8(ascii: "2"):
                throw Refusal(description: "\(longName ?? Self.name(header)) is a link; pack the file itself")
            default: throw Refusal(description: "\(longName ?? Self.name(header)) is neither a file nor a folder")
            }
        }
        for path in paths {
            var above = path
            while let slash = above.lastIndex(of: "/") {
                above = String(above[..<slash])
                if paths.contains(above) { throw Refusal(description: "\(above) is a file, and \(path) is below it") }
            }
        }
        leaveOutCommonFolder()
        guard files.contains(where: { $0.path == "adapter.json" }) else { throw Refusal(description: "there is no adapter.json in it") }
    }

    /// The manifest's bytes.
    package var manifest: [UInt8] { Array(files.first { $0.path == "adapter.json" }?.bytes ?? []) }

    private mutating func leaveOutCommonFolder() {
        guard let first = files.first?.path.split(separator: "/").first, files.allSatisfy({ $0.path.hasPrefix(first + "/") }) else {
            return
        }
        for index in files.indices { files[index].path.removeFirst(first.count + 1) }
    }

    /// A path that stays below its folder, in its one spelling.
    private static func checked(_ text: String) throws(Refusal) -> String {
        guard !text.hasPrefix("/") else { throw Refusal(description: "\(text) is an absolute path") }
        guard text.utf8.count <= maximumPathBytes else { throw Refusal(description: "a path is longer than \(maximumPathBytes) bytes") }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F || $0.value == 0xFFFD }) else {
            throw Refusal(description: "a path holds a control character, or is no UTF-8")
        }
        // A slash next to a combining mark is part of another character to Swift, and still a slash to the file system.
        guard text.utf8.count(where: { $0 == 0x2F }) == text.count(where: { $0 == "/" }) else {
            throw Refusal(description: "a path holds a slash with a combining mark")
        }
        let steps = text.split(separator: "/").filter { $0 != "." }
        guard !steps.contains("..") else { throw Refusal(description: "\(text) leaves its folder") }
        guard steps.count <= maximumDepth else { throw Refusal(description: "\(text) is deeper than \(maximumDepth) folders") }
        return steps.joined(separator: "/")
    }

    // MARK: - Headers (POSIX.1-2017, pax, ustar Interchange Format)

    /// The size, where the checksum is right.
    private static func checkedSize(_ header: ArraySlice<UInt8>) -> Int? {
        let sum = header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
        guard octal(header, 148, 8) == sum, let size = octal(header, 124, 12), size >= 0 else { return nil }
        return size
    }

    private static func octal(_ header: ArraySlice<UInt8>, _ offset: Int, _ length: Int) -> Int? {
        let start = header.startIndex + offset
        let digits = header[start..<start + length].drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
        return digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }

    private static func name(_ header: ArraySlice<UInt8>) -> String {
        func field(_ offset: Int, _ length: Int) -> String {
            let start = header.startIndex + offset
            return text(header[start..<start + length])
        }
        let isPOSIX = Array(header[header.startIndex + 257..<header.startIndex + 263]) == Array("ustar\0".utf8)
        let prefix = isPOSIX ? field(345, 155) : ""
        return prefix.isEmpty ? field(0, 100) : prefix + "/" + field(0, 100)
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }

    /// `path` of a pax header: records `LENGTH KEY=VALUE\n`.
    private static func path(inPax body: ArraySlice<UInt8>) -> String? {
        var rest = body
        var found: String?
        while let blank = rest.firstIndex(of: 0x20), let length = Int(String(decoding: rest[..<blank], as: UTF8.self)), length > 0,
            length <= rest.count, rest.startIndex + length > blank + 1
        {
            let record = rest[(blank + 1)..<(rest.startIndex + length - 1)]
            if record.starts(with: Array("path=".utf8)) { found = String(decoding: record.dropFirst(5), as: UTF8.self) }
            rest = rest[(rest.startIndex + length)...]
        }
        return found
    }
}
