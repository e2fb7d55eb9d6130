import AdapterProtocol
import BLEStack
import WireBytes

/// What the core keeps of a peer, sealed, in a form that only the radio reads: the bond and the database.
///
/// What can't be read is as if it were not there: a peer without a key is paired anew, one without a database is asked.
enum PeerState {
    private struct Form: Codable {
        struct Service: Codable {
            var uuid: String
            var first: UInt16
            var last: UInt16
            var characteristics: [Characteristic]
        }

        struct Characteristic: Codable {
            var uuid: String
            var properties: UInt8
            var handle: UInt16
            var configuration: UInt16?
        }

        var v: Int
        /// As ``BLEStack/Bond`` writes it.
        var bond: JSONObject?
        var hash: HexBytes?
        var services: [Service]?
    }

    /// The most the core takes.
    static let maximumBytes = 16_384

    /// The form of a record; without its database where that is too large to be kept.
    static func form(_ record: PeerRecord) -> JSONObject {
        var form = Form(v: 1)
        form.bond = record.bond?.json
        form.hash = record.database?.hash.map { HexBytes($0) }
        form.services = record.database?.services.map { service in
            Form.Service(
                uuid: service.uuid.description, first: service.handles.lowerBound, last: service.handles.upperBound,
                characteristics: service.characteristics.map {
                    Form.Characteristic(
                        uuid: $0.uuid.description, properties: $0.properties.rawValue, handle: $0.handle, configuration: $0.configuration)
                })
        }
        if let bytes = try? StrictJSON.encode(form), bytes.count <= maximumBytes, let object = object(bytes) { return object }
        form.services = nil
        form.hash = nil
        return (try? StrictJSON.encode(form)).flatMap { object($0) } ?? JSONObject()
    }

    private static func object(_ bytes: [UInt8]) -> JSONObject? {
        guard case .object(let object)? = try? StrictJSON.parse(bytes, maximumDepth: 16) else { return nil }
        return object
    }

    /// The record of a peer.
    static func record(_ address: BluetoothAddress, _ state: JSONObject?) -> PeerRecord {
        guard let state, let form = try? StrictJSON.decode(Form.self, from: .object(state)), form.v == 1 else {
            return PeerRecord(address: address)
        }
        let bond = form.bond.flatMap { try? Bond(json: $0) }
        return PeerRecord(address: address, bond: bond, database: database(form))
    }

    private static func database(_ form: Form) -> GATTDatabase? {
        guard let forms = form.services else { return nil }
        var services: [GATTDatabase.Service] = []
        for service in forms {
            guard let uuid = BluetoothUUID(service.uuid), service.first <= service.last else { return nil }
            var characteristics: [GATTDatabase.Characteristic] = []
            for one in service.characteristics {
                guard let uuid = BluetoothUUID(one.uuid) else { return nil }
                characteristics.append(
                    .init(uuid: uuid, properties: .init(rawValue: one.properties), handle: one.handle, configuration: one.configuration))
            }
            services.append(.init(uuid: uuid, handles: service.first...service.last, characteristics: characteristics))
        }
        return GATTDatabase(services: services, hash: form.hash?.bytes)
    }
}
