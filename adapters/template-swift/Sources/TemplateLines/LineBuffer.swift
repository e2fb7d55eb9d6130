// SPDX-License-Identifier: MIT-0

/// Cuts what is read into lines: both sides of the lock's protocol are lines of words.
public struct LineBuffer: Sendable {
    /// A peer that sends more than this without an LF loses it.
    public static let maximumBytes = 65_536
    private var bytes: [UInt8] = []

    /// An empty buffer.
    public init() {}

    /// Takes what was read, and gives the lines that are complete, without their LF.
    public mutating func take(_ piece: some Sequence<UInt8>) -> [String] {
        bytes += piece
        var lines: [String] = []
        while let end = bytes.firstIndex(of: 0x0A) {
            lines.append(String(decoding: bytes[..<end], as: UTF8.self))
            bytes.removeSubrange(...end)
        }
        if bytes.count > LineBuffer.maximumBytes { bytes = [] }
        return lines
    }
}
