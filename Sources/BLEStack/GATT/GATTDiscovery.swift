import WireBytes

/// Finds out a peer's database: its hash, its services, their characteristics, and where notifications are switched on (Core 5.4, Vol 3 Part G
/// 4.4.1, 4.6.1, 4.7.1).
///
/// One request at a time; every answer moves it on over the handles, so that it comes to an end whatever the peer says. A database beyond
/// ``maximumServices`` or ``maximumCharacteristics`` is refused.
package struct GATTDiscovery: Sendable {
    package static let maximumServices = 128
    package static let maximumCharacteristics = 512

    /// How it goes on.
    package enum Progress: Equatable, Sendable {
        case ask(ATTRequest)
        case done(GATTDatabase)
        /// The peer refused, by an error that is none of the normal ends.
        case refused(ATTErrorCode)
    }

    private enum Step {
        case hash
        case services
        case characteristics(service: Int, ends: [UInt16])
        case configuration(service: Int, characteristic: Int, ends: [UInt16])
    }

    private var database = GATTDatabase()
    private var step = Step.hash
    private var count = 0

    package init() {}

    /// The first request.
    package var first: ATTRequest { .readByType(1...UInt16.max, GATTDatabase.databaseHash) }

    /// Takes the answer to the last request.
    /// - Throws: ``ByteFault`` where it can't be what it says; the link has to end.
    package mutating func answered(_ response: ATTResponse) throws(ByteFault) -> Progress {
        if case .error(let code) = response {
            switch step {
            case .hash:
                // Whoever has none answers in one of several ways.
                return askServices(from: 1)
            case .services, .characteristics, .configuration:
                guard code == .attributeNotFound else { return .refused(code) }
                return passOn()
            }
        }
        switch (step, response) {
        case (.hash, .attributes(let attributes)):
            if let hash = attributes.first?.value, hash.count == 16 { database.hash = hash }
            return askServices(from: 1)
        case (.services, .attributes(let attributes)): return try take(services: attributes)
        case (.characteristics(let service, let ends), .attributes(let attributes)):
            return try take(characteristics: attributes, of: service, ends)
        case (.configuration(let service, let characteristic, let ends), .information(let entries)):
            return take(descriptors: entries, of: service, characteristic, ends)
        default: throw .invalid(offset: 0, "an answer to another request")
        }
    }

    // MARK: - Services

    private mutating func askServices(from handle: UInt16) -> Progress {
        step = .services
        return .ask(.readByGroupType(handle...UInt16.max, GATTDatabase.primaryService))
    }

    private mutating func take(services: [ATTResponse.Attribute]) throws(ByteFault) -> Progress {
        var last: UInt16 = .max
        for attribute in services {
            var reader = ByteReader(attribute.value)
            let uuid = try BluetoothUUID(&reader, bytes: attribute.value.count)
            guard database.services.count < Self.maximumServices else { throw .invalid(offset: 0, "too many services") }
            database.services.append(.init(uuid: uuid, handles: attribute.handle...attribute.end, characteristics: []))
            last = attribute.end
        }
        return last == .max ? askCharacteristics(of: 0) : askServices(from: last + 1)
    }

    // MARK: - Characteristics

    private mutating func askCharacteristics(of service: Int) -> Progress {
        guard service < database.services.count else { return .done(database) }
        let handles = database.services[service].handles
        step = .characteristics(service: service, ends: [])
        return .ask(.readByType(handles, GATTDatabase.characteristicDeclaration))
    }

    private mutating func take(
        characteristics: [ATTResponse.Attribute], of service: Int, _ known: [UInt16]
    ) throws(ByteFault) -> Progress {
        let handles = database.services[service].handles
        // Each ends where the next is declared; the last one's end is the service's until then.
        var ends = known
        var last: UInt16 = .max
        for attribute in characteristics {
            var reader = ByteReader(attribute.value)
            let properties = GATTDatabase.Properties(rawValue: try reader.byte())
            let handle = try reader.uint16()
            let uuid = try BluetoothUUID(&reader, bytes: reader.remaining)
            guard handle > attribute.handle, handles.contains(handle) else { throw .invalid(offset: 1, "a value outside of its service") }
            guard count < Self.maximumCharacteristics else { throw .invalid(offset: 0, "too many characteristics") }
            count += 1
            if !ends.isEmpty { ends[ends.count - 1] = attribute.handle - 1 }
            ends.append(handles.upperBound)
            database.services[service].characteristics.append(.init(uuid: uuid, properties: properties, handle: handle, configuration: nil))
            last = attribute.handle
        }
        step = .characteristics(service: service, ends: ends)
        guard last < handles.upperBound else { return passOn() }
        return .ask(.readByType((last + 1)...handles.upperBound, GATTDatabase.characteristicDeclaration))
    }

    // MARK: - Descriptors

    private mutating func askConfiguration(_ service: Int, from characteristic: Int, _ ends: [UInt16]) -> Progress {
        let characteristics = database.services[service].characteristics
        for index in characteristic..<max(characteristic, characteristics.count) {
            let candidate = characteristics[index]
            guard !candidate.properties.isDisjoint(with: [.notify, .indicate]), candidate.handle < ends[index] else { continue }
            step = .configuration(service: service, characteristic: index, ends: ends)
            return .ask(.findInformation((candidate.handle + 1)...ends[index]))
        }
        return askCharacteristics(of: service + 1)
    }

    private mutating func take(
        descriptors: [ATTResponse.Information], of service: Int, _ characteristic: Int, _ ends: [UInt16]
    ) -> Progress {
        if let found = descriptors.first(where: { $0.type == GATTDatabase.clientConfiguration }) {
            database.services[service].characteristics[characteristic].configuration = found.handle
        } else if let last = descriptors.last?.handle, last < ends[characteristic] {
            return .ask(.findInformation((last + 1)...ends[characteristic]))
        }
        return askConfiguration(service, from: characteristic + 1, ends)
    }

    /// Nothing more is found where we are.
    private mutating func passOn() -> Progress {
        switch step {
        case .hash: askServices(from: 1)
        case .services: askCharacteristics(of: 0)
        case .characteristics(let service, let ends): askConfiguration(service, from: 0, ends)
        case .configuration(let service, let characteristic, let ends): askConfiguration(service, from: characteristic + 1, ends)
        }
    }
}
