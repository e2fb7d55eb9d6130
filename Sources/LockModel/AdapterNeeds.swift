/// What an adapter asks for beyond its pipes and its folder, as its manifest names it and somebody at the gateway accepted it.
package struct AdapterNeeds: Sendable, Codable, Equatable {
    package var adapter: AdapterName
    /// The version that was looked at.
    package var version: String
    /// The program that is run, with its arguments.
    package var run: [String]
    /// What it may reach over the network: nothing, `host:port` through the proxy, or `listen`.
    package var network: [String]
    /// Devices and sockets.
    package var devices: [String]
    /// Kinds of radio.
    package var radio: [String]
    /// The SHA-256 of the package that was looked at, where it was added as one: no other runs.
    package var digest: Digest?

    package init(
        adapter: AdapterName, version: String, run: [String], network: [String], devices: [String], radio: [String], digest: Digest? = nil
    ) {
        self.adapter = adapter
        self.version = version
        self.run = run
        self.network = network
        self.devices = devices
        self.radio = radio
        self.digest = digest
    }

    /// What this asks for that the other did not, a line each; empty when it asks for no more.
    package func more(than accepted: AdapterNeeds) -> [String] {
        network.filter { !accepted.network.contains($0) }.map { "network \($0)" }
            + devices.filter { !accepted.devices.contains($0) }.map { "device \($0)" }
            + radio.filter { !accepted.radio.contains($0) }.map { "radio \($0)" }
            + (run == accepted.run ? [] : ["program \(run.joined(separator: " "))"])
    }

    /// Everything it asks for, a line each.
    package var all: [String] {
        more(than: AdapterNeeds(adapter: adapter, version: version, run: [], network: [], devices: [], radio: []))
    }
}
