@testable import Gateway

/// An adapter as it is delivered. Its header checksums are set right first, or hardly an input would come past them.
///
/// What comes through stays below its folder, by the bytes a file system would see: relative, without empty steps, `.` or `..`, each path once and no
/// file below another; its content is within the archive; and there is a manifest.
@Sendable func fuzzTar(_ bytes: [UInt8]) -> Bool {
    // A first byte that is no name's: the checksums are tried as they are.
    let archive = bytes.first == 0xFF ? Array(bytes.dropFirst()) : summed(bytes)
    let read: TarArchive
    do throws(TarArchive.Refusal) { read = try TarArchive(archive) } catch {
        precondition(!error.description.isEmpty, "a refusal says why")
        return false
    }
    var paths: Set<[UInt8]> = []
    for file in read.files {
        let steps = file.path.utf8.split(separator: 0x2F, omittingEmptySubsequences: false)
        precondition(steps.allSatisfy { !$0.isEmpty && Array($0) != [0x2E] && Array($0) != [0x2E, 0x2E] }, "a path leaves its folder")
        precondition(steps.allSatisfy { !$0.contains { $0 < 0x20 || $0 == 0x7F } }, "a path holds a control character")
        precondition(paths.insert(Array(file.path.utf8)).inserted, "a path is there twice")
        precondition(archive.indices.contains(file.bytes.startIndex) || file.bytes.isEmpty, "content is in the archive")
        precondition(file.bytes.endIndex <= archive.count)
    }
    for path in paths {
        for (place, byte) in path.enumerated() where byte == 0x2F {
            precondition(!paths.contains(Array(path[..<place])), "a file is below a file")
        }
    }
    precondition(paths.contains(Array("adapter.json".utf8)), "there is a manifest")
    return true
}

/// The same with the checksum of each header made right, as far as the sizes lead from one to the next.
private func summed(_ bytes: [UInt8]) -> [UInt8] {
    var archive = bytes
    var place = 0
    while place + 512 <= archive.count, archive[place..<place + 512].contains(where: { $0 != 0 }) {
        archive.replaceSubrange(place + 148..<place + 156, with: [UInt8](repeating: 0x20, count: 8))
        let sum = String(archive[place..<place + 512].reduce(0) { $0 + Int($1) }, radix: 8)
        archive.replaceSubrange(place + 148..<place + 156, with: Array((String(repeating: "0", count: 6 - sum.count) + sum + "\0 ").utf8))
        let digits = archive[place + 124..<place + 136].prefix { (0x30...0x37).contains($0) }
        let size = digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
        guard size <= archive.count else { break }
        place += 512 + (size + 511) / 512 * 512
    }
    return archive
}
