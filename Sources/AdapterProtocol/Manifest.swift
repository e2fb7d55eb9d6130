import LockModel
import WireBytes

/// What an adapter says of itself in `adapter.json`, checked: what it does not name here it does not get (`adapters.md`, Manifest).
package struct Manifest: Sendable, Equatable {
    /// What kind of thing it serves.
    package enum Role: String, Sendable, Codable, CaseIterable {
        case lock, bus, radio, partner, camera, appliance, notifier
    }

    /// What it may reach over the network.
    package enum Network: Sendable, Equatable {
        case none
        /// These `host:port`, through the core's proxy.
        case egress([String])
        /// A socket handed in.
        case listen
    }

    /// What it asks for; each defaults to none.
    package struct Needs: Sendable, Equatable {
        package var network: Network = .none
        /// Paths of devices and sockets.
        package var devices: [String] = []
        /// Kinds of radio.
        package var radio: [String] = []

        package init() {}
    }

    /// The conformance level it claims.
    package enum Level: String, Sendable, Codable, CaseIterable {
        case L0, L1, L2, L3
    }

    /// Equals the name it answers to `initialize`.
    package var name: AdapterName
    package var title: String
    /// Equals the version it answers to `initialize`.
    package var version: SemanticVersion
    package var license: String
    package var homepage: String?
    package var protocolVersions: [Int]
    /// The oldest gateway it works with.
    package var minimumGateway: SemanticVersion
    package var role: Role
    /// The program and its arguments, at least one.
    package var run: [String]
    package var needs: Needs
    package var vendor: String?
    package var models: [String]
    /// The advertisements it knows, for whoever scans.
    package var recognises: [Recognised]
    package var level: Level?
    /// The program that plays its device in tests.
    package var standIn: [String]?
    /// JSON Schema 2020-12 of its configuration.
    package var configSchema: JSONObject

    /// The largest manifest read, in bytes.
    package static let maximumBytes = 65_536

    /// Reads and checks a manifest.
    ///
    /// Unknown members are ignored, so that a newer manifest is still read.
    /// - Throws: ``ManifestRefusal`` naming the member; the operator has to repair the file.
    package init(reading bytes: [UInt8]) throws(ManifestRefusal) {
        guard bytes.count <= Manifest.maximumBytes else {
            throw ManifestRefusal("the manifest is longer than \(Manifest.maximumBytes) bytes")
        }
        do {
            self = try StrictJSON.decode(Manifest.self, from: try StrictJSON.parse(bytes, maximumDepth: LineCodec.maximumDepth))
        } catch {
            throw ManifestRefusal(String(describing: error))
        }
        if let problem = problem() { throw ManifestRefusal(problem) }
    }

    /// The first rule a well-formed manifest breaks.
    private func problem() -> String? {
        if title.isEmpty { return "title is empty" }
        if license.isEmpty { return "license is empty" }
        if let homepage, !homepage.hasPrefix("https://"), !homepage.hasPrefix("http://") { return "homepage is not a web address" }
        if protocolVersions.isEmpty || protocolVersions.contains(where: { $0 < 1 }) { return "protocolVersions names no version" }
        if let problem = Manifest.problem(ofProgram: run, "run") { return problem }
        if let standIn, let problem = Manifest.problem(ofProgram: standIn, "standIn.run") { return problem }
        if needs.devices.contains("") { return "needs.devices names nothing" }
        if needs.radio.contains(where: { $0 != "ble" }) { return "needs.radio knows only ble" }
        if case .egress(let hosts) = needs.network {
            if hosts.isEmpty { return "needs.network.egress is empty" }
            for host in hosts where !Manifest.isHostAndPort(host) { return "needs.network.egress holds something other than host:port" }
        }
        if recognises.count > Recognised.maximumEntries { return "recognises has more than \(Recognised.maximumEntries) entries" }
        for (index, entry) in recognises.enumerated() {
            if let problem = entry.problem { return "recognises[\(index)]: \(problem)" }
        }
        return nil
    }

    /// `run[0]` is `./` inside the adapter's folder, an absolute path, or a bare name.
    private static func problem(ofProgram program: [String], _ member: String) -> String? {
        guard let first = program.first, !first.isEmpty else { return member + " is empty" }
        if program.contains(where: { $0.utf8.contains(0) }) { return member + " holds a NUL" }
        let steps = first.split(separator: "/", omittingEmptySubsequences: false)
        if steps.contains("..") { return member + "[0] leaves its folder" }
        let isBare = steps.count == 1 && first != "."
        return isBare || (first.hasPrefix("./") && first.utf8.count > 2) || first.hasPrefix("/")
            ? nil : member + "[0] is neither a bare name, nor begins with ./ or /"
    }

    private static func isHostAndPort(_ text: String) -> Bool {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (1...65_535).contains(port) else {
            return false
        }
        return colon != text.startIndex
    }
}

/// Why a manifest is not taken, in words that name the member. The operator has to repair the file.
package struct ManifestRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
