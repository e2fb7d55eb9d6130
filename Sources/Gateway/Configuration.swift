import GatewayCore
import LockModel
import WireBytes

/// What `lockbridge.yaml` says. Locks, people, keys and grants are journal records and never stand here.
package struct Configuration: Sendable, Equatable {
    /// Who keeps the clock right.
    package enum ClockSource: String, Sendable, CaseIterable {
        /// The kernel says that it is synchronised, or time is not trusted.
        case kernel
        /// The host below this machine keeps it, as a hypervisor does: trusted without the kernel's word.
        case host
    }

    /// One broker.
    package struct Bus: Sendable, Equatable {
        package struct TLS: Sendable, Equatable {
            package var ca: String
            package var certificate: String?
            package var key: String?
        }

        package var name: BusName
        package var url: String
        package var mqttVersion = "5"
        package var username: String?
        package var passwordFile: String?
        package var tls: TLS?
        package var prefix = "lockbridge"
        package var principals: [PrincipalID]
    }

    /// One adapter.
    package struct Adapter: Sendable, Equatable {
        package var name: AdapterName
        /// Its folder; `nil` looks beside the program.
        package var path: String?
        /// Where it listens, `address:port`, for one whose manifest asks to.
        package var listen: String?
        package var config: JSONObject
    }

    /// One Bluetooth controller.
    package struct Radio: Sendable, Equatable {
        /// `socket:PATH` where a radio that was started apart listens, as one on a device of the kernel's must be; `tcp:HOST:PORT`, `unix:PATH`, `serial:PATH`.
        package var hci: String
    }

    package var gateway: String
    package var timeZone: String
    package var clock = ClockSource.kernel
    package var buses: [Bus]
    package var adapters: [Adapter]
    package var radios: [Radio] = []
    /// Unix groups whose members hold a role on the admin socket.
    package var operatorGroups: [String] = []
    package var installerGroups: [String] = []
    package var limits = GatewaySettings.Limits()
    package var relock = RelockPolicy()
    /// After how many records the journal's rows are hashed again.
    package var snapshotRecords: Int64 = 10_000
    /// Messages a second and at once, per principal, taken from a bus.
    package var topicRatePerSecond = 20
    package var topicBurst = 100
}

/// A mistake in the configuration: where, what, and what to do.
package struct ConfigurationMistake: Error, Equatable, Sendable, CustomStringConvertible {
    /// The place, `buses[0].url`; empty for the file as a whole.
    package var path: String
    package var message: String

    package var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
