import LockModel

/// What the operator configured that the machine needs.
package struct GatewaySettings: Sendable, Equatable {
    /// `aud` of commands.
    package var gateway: String
    package var version: String
    /// The kernel's boot id, which deadlines kept in the journal belong to.
    package var bootID: String
    /// Which principals each bus serves; events and notices go to served principals only.
    package var buses: [BusName: [PrincipalID]] {
        didSet { busOfPrincipal = GatewaySettings.busOfPrincipal(buses) }
    }
    private var busOfPrincipal: [PrincipalID: BusName]
    package var limits: Limits
    package var relock: RelockPolicy

    /// The bounds of `engine`, Bounds.
    package struct Limits: Sendable, Codable, Equatable {
        /// Accepted commands a second, per issuer, checked after the signature.
        package var issuerRatePerSecond: Int = 5
        package var issuerBurst: Int = 20
        /// Commands under way in the whole gateway.
        package var commandsUnderWay: Int = 1024
        /// For how long an accepted id is kept.
        package var usedIDSeconds: Int = 720
        /// Tolerated difference between clocks.
        package var skewSeconds: Int = 5
        /// Grants that never arrived and are revoked by id, kept per resident.
        package var revokedGrants: Int = 1024

        /// How many used ids are kept per issuer before commands are refused as `quotaFull`.
        package var usedIDQuota: Int { issuerRatePerSecond * usedIDSeconds + issuerBurst }

        package init() {}
    }

    package init(
        gateway: String, version: String, bootID: String, buses: [BusName: [PrincipalID]], limits: Limits = Limits(),
        relock: RelockPolicy = RelockPolicy()
    ) {
        self.gateway = gateway
        self.version = version
        self.bootID = bootID
        self.buses = buses
        busOfPrincipal = GatewaySettings.busOfPrincipal(buses)
        self.limits = limits
        self.relock = relock
    }

    /// The bus a principal's messages go out by: the first one, in name order, that serves it; `nil` for one that no bus serves.
    package func bus(serving principal: PrincipalID) -> BusName? { busOfPrincipal[principal] }

    private static func busOfPrincipal(_ buses: [BusName: [PrincipalID]]) -> [PrincipalID: BusName] {
        Dictionary(buses.flatMap { bus, served in served.map { ($0, bus) } }) { min($0, $1) }
    }
}
