import Glibc
import LinuxIO

/// Where a generated Swift adapter finds `AdapterKit`: a checkout of Lockbridge, or a release by its git address.
struct SwiftPackage {
    /// The line of the template that is replaced.
    static let line = #".package(name: "lockbridge", path: "../..")"#
    private static let maximumPinBytes = 1 << 20
    private static let firstRelease = "0.1.0"
    private let place: String
    private var isAddress: Bool { place.contains("://") || place.hasPrefix("git@") }

    /// Takes the place given, else the checkout the running program was built in.
    /// - Throws: ``ConformanceRefusal`` where no such package is there.
    init(_ given: String?, programFolder: String) throws(ConformanceRefusal) {
        let wanted = given ?? programFolder + "/../../.."
        if wanted.contains("\"") || wanted.contains("\\") || wanted.contains("\n") {
            throw ConformanceRefusal(description: "`\(wanted)` can't stand in a Package.swift")
        }
        guard !wanted.contains("://"), !wanted.hasPrefix("git@") else {
            place = wanted
            return
        }
        guard let resolved = realpath(wanted, nil) else { throw SwiftPackage.missing(given) }
        defer { free(resolved) }
        place = String(cString: resolved)
        guard access(place + "/Package.swift", R_OK) == 0, access(place + "/Sources/AdapterKit", R_OK) == 0 else {
            throw SwiftPackage.missing(given)
        }
    }

    private static func missing(_ given: String?) -> ConformanceRefusal {
        ConformanceRefusal(
            description: (given.map { "\($0) is no checkout of Lockbridge" } ?? "there is no checkout of Lockbridge around this program")
                + "; name the package that AdapterKit is in: --package FOLDER, or its git address")
    }

    /// The text with the template's line for the package replaced by the one for this place.
    func named(in text: String) -> String {
        let line =
            isAddress ? #".package(url: "\#(place)", from: "\#(Self.firstRelease)")"# : #".package(name: "lockbridge", path: "\#(place)")"#
        return text.split(separator: Self.line, omittingEmptySubsequences: false).joined(separator: line)
    }

    /// Gives the new package the versions the checkout was tried with; without them SwiftPM chooses.
    func copyPins(to folder: String) {
        guard !isAddress, let pins = try? SmallFile.bytes(at: place + "/Package.resolved", limit: Self.maximumPinBytes) else { return }
        let opened = open(folder + "/Package.resolved", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o644)
        guard opened >= 0 else { return }
        _ = write(opened, pins, pins.count)
        close(opened)
    }
}
