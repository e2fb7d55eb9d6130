import CFaultyDisk

/// A disk in memory for SQLite, which forgets what was not synced, tears writes, fills up and fails, at a moment that is told beforehand.
///
/// The same seed and the same calls give the same disk. Every connection to it has to be closed before it goes, and after the power was lost; one
/// that was open then sees failures only.
///
/// ```swift
/// let disk = FaultyDisk(name: "disk-7", seed: 7)
/// let journal = try Journal(path: disk.address(of: "journal"), keys: keys)
/// disk.plan(.crash, at: 12)
/// // … fails in its thirteenth write or sync
/// disk.losePower(keeping: .some)
/// ```
package final class FaultyDisk {
    /// What befalls one operation: a write, a truncation or a sync.
    package enum Fault: Int32, CaseIterable, Sendable {
        /// The power goes: a write is torn, a sync never happens, and every operation fails until `losePower`.
        case crash = 1
        /// No file can be made longer any more, until the next `plan`.
        case full = 2
        /// A write does its first half and fails, once.
        case failedWrite = 3
        /// A sync fails, and nobody knows what it did, once.
        case failedSync = 4
        /// A sync says it is done and is not, once.
        case lostSync = 5
    }

    /// How much of what was not synced survives a loss of power.
    package enum Kept: Int32, CaseIterable, Sendable {
        case nothing = 0
        /// The first writes, up to one that is torn.
        case first = 1
        /// Any sectors of any writes: later ones without earlier ones.
        case some = 2
        case all = 3
    }

    /// Its name among SQLite's file systems.
    package let name: String
    private let disk: OpaquePointer

    /// Makes an empty disk. `name` must be no other disk's; `nil` when SQLite refuses it.
    package init?(name: String, seed: UInt64) {
        guard let disk = faulty_disk_make(name, seed) else { return nil }
        self.name = name
        self.disk = disk
    }

    deinit { faulty_disk_free(disk) }

    /// What to open as a database's path for a file of this disk. Needs an SQLite that reads addresses (`SQLITE_USE_URI`), as Debian's does.
    package func address(of path: String) -> String { "file:\(path)?vfs=\(name)" }

    /// Operations since the disk was made.
    package var operations: UInt64 { faulty_disk_operations(disk) }

    /// Whether the planned fault befell something.
    package var hasStruck: Bool { faulty_disk_has_struck(disk) }

    /// Plans one fault, at so many operations from now or the first after that which it can befall; `nil` for none.
    package func plan(_ fault: Fault?, at operation: UInt64 = 0) { faulty_disk_plan(disk, fault?.rawValue ?? 0, operation) }

    /// The power goes, or went by a planned crash; afterwards the disk works again.
    package func losePower(keeping kept: Kept) { faulty_disk_power_loss(disk, kept.rawValue) }

    /// The process that had the files open ended, as by `kill -9`: what it wrote stays, synced or not.
    package func endProcess() { faulty_disk_end_process(disk) }

    /// A file's bytes, so many; `nil` when there is no such file.
    package func size(of path: String) -> Int? {
        let size = faulty_disk_size(disk, path)
        return size < 0 ? nil : Int(size)
    }

    /// Changes one byte, as a failing platter or a hand does. Doing it again undoes it.
    package func flip(_ path: String, at offset: Int, mask: UInt8) { faulty_disk_flip(disk, path, Int64(offset), mask) }

    /// Cuts a file off after so many bytes.
    package func cut(_ path: String, to size: Int) { faulty_disk_cut(disk, path, Int64(size)) }

    /// Remembers every file as it is now.
    package func remember() { faulty_disk_remember(disk) }

    /// Puts every file back as it was remembered. No connection may be open.
    package func rollBack() { faulty_disk_roll_back(disk) }
}
