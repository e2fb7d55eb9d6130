/// What a peer offers: services with their characteristics, and the handles to reach them by (Core 5.4, Vol 3 Part G 2.6).
package struct GATTDatabase: Equatable, Sendable {
    /// What may be done with a characteristic (3.3.1.1).
    package struct Properties: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let read = Properties(rawValue: 0x02)
        package static let writeWithoutResponse = Properties(rawValue: 0x04)
        package static let write = Properties(rawValue: 0x08)
        package static let notify = Properties(rawValue: 0x10)
        package static let indicate = Properties(rawValue: 0x20)
    }

    /// One characteristic.
    package struct Characteristic: Equatable, Sendable {
        package let uuid: BluetoothUUID
        package let properties: Properties
        /// Where its value is.
        package let handle: UInt16
        /// Where notifications are switched on; nil where it has none.
        package internal(set) var configuration: UInt16?

        package init(uuid: BluetoothUUID, properties: Properties, handle: UInt16, configuration: UInt16?) {
            self.uuid = uuid
            self.properties = properties
            self.handle = handle
            self.configuration = configuration
        }
    }

    /// One service.
    package struct Service: Equatable, Sendable {
        package let uuid: BluetoothUUID
        package let handles: ClosedRange<UInt16>
        package internal(set) var characteristics: [Characteristic]

        package init(uuid: BluetoothUUID, handles: ClosedRange<UInt16>, characteristics: [Characteristic]) {
            self.uuid = uuid
            self.handles = handles
            self.characteristics = characteristics
        }
    }

    package internal(set) var services: [Service]
    /// The peer's own hash of it, where it has one (7.3); a different one means a different database.
    package internal(set) var hash: [UInt8]?

    package init(services: [Service] = [], hash: [UInt8]? = nil) {
        self.services = services
        self.hash = hash
    }

    /// The first characteristic of that name, in that service where one is named.
    package func characteristic(_ uuid: BluetoothUUID, in service: BluetoothUUID?) -> Characteristic? {
        for candidate in services where service == nil || candidate.uuid == service {
            if let found = candidate.characteristics.first(where: { $0.uuid == uuid }) { return found }
        }
        return nil
    }

    /// What a value's handle belongs to.
    package func owner(of handle: UInt16) -> (service: BluetoothUUID, characteristic: BluetoothUUID)? {
        for service in services where service.handles.contains(handle) {
            if let found = service.characteristics.first(where: { $0.handle == handle }) { return (service.uuid, found.uuid) }
        }
        return nil
    }

    /// Names the specification gives (Assigned Numbers 3.4, 3.8).
    static let primaryService = BluetoothUUID(0x2800)
    static let characteristicDeclaration = BluetoothUUID(0x2803)
    static let clientConfiguration = BluetoothUUID(0x2902)
    static let serviceChanged = BluetoothUUID(0x2A05)
    static let databaseHash = BluetoothUUID(0x2B2A)
}
