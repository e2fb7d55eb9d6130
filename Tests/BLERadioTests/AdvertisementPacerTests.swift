import AdapterProtocol
import Testing
import WireBytes

@testable import BLERadio
@testable import BLEStack

@Suite("Which advertisements the core gets")
struct AdvertisementPacerTests {
    private let name: [UInt8] = [5, 0x09] + Array("Nuki".utf8)
    private let service: [UInt8] = [3, 0x03, 0xF0, 0xFF]
    private let beacon: [UInt8] = [6, 0xFF, 0x4C, 0x00, 0x02, 0x15, 0x01]

    private func heard(_ data: [UInt8], from number: UInt64 = 1, isPeer: Bool = false, isResponse: Bool = false) -> HeardAdvertisement {
        HeardAdvertisement(
            address: BluetoothAddress(bits: 0xC000_0000_0000 + number, kind: .random), isPeer: isPeer, isConnectable: !isResponse,
            isScanResponse: isResponse, rssi: -60, data: data)
    }

    @Test("strangers are told where a filter wants them, peers always")
    func filters() throws {
        var pacer = AdvertisementPacer()
        var told = pacer.heard(heard(service), at: 0)
        #expect(told == nil)
        told = pacer.heard(heard(service, from: 2, isPeer: true), at: 0)
        #expect(told?.services == ["0000fff0-0000-1000-8000-00805f9b34fb"])
        pacer.listen([try #require(AdvertisementFilter(.init(services: ["fff0"])))], .active)
        told = pacer.heard(heard(service), at: 0)
        #expect(told?.connectable == true)
        told = pacer.heard(heard(name, from: 3), at: 0)
        #expect(told == nil)
    }

    @Test("a filter has to match in everything it names")
    func matching() throws {
        let data = AdvertisingData(name + service + beacon)
        let table: [(RadioFilterParams.Filter, Bool)] = [
            (.init(name: "Nu"), true), (.init(name: "uki"), false), (.init(services: ["fff0"], name: "Nuki"), true),
            (.init(services: ["fff1"], name: "Nuki"), false), (.init(company: 0x4C, companyPrefix: HexBytes([2, 0x15])), true),
            (.init(company: 0x4C, companyPrefix: HexBytes([3])), false), (.init(company: 0x4D), false), (.init(serviceData: "fff0"), false),
            (.init(), true),
        ]
        for (form, isWanted) in table { #expect(try #require(AdvertisementFilter(form)).matches(data) == isWanted, "\(form)") }
    }

    @Test("a filter that makes no sense is refused")
    func badFilters() {
        #expect(AdvertisementFilter(.init(services: ["nonsense"])) == nil)
        #expect(AdvertisementFilter(.init(company: 70_000)) == nil)
        #expect(AdvertisementFilter(.init(companyPrefix: HexBytes([1]))) == nil)
        #expect(AdvertisementFilter(.init(serviceData: "x")) == nil)
    }

    @Test("what says nothing new is told again after ten seconds, what changed at once")
    func changes() {
        var pacer = AdvertisementPacer()
        let peer = heard(service, isPeer: true)
        let times: [(HeardAdvertisement, Int64, Bool)] = [
            (peer, 0, true), (peer, 9_999, false), (heard(beacon, isPeer: true), 9_999, true), (peer, 10_000, true), (peer, 19_999, false),
            (peer, 20_000, true),
        ]
        for (one, now, isTold) in times {
            let told = pacer.heard(one, at: now)
            #expect((told != nil) == isTold, "at \(now)")
        }
    }

    @Test("a scan response is told together with what it belongs to")
    func scanResponse() {
        var pacer = AdvertisementPacer()
        _ = pacer.heard(heard(service, isPeer: true), at: 0)
        let both = pacer.heard(heard(name, isPeer: true, isResponse: true), at: 1)
        #expect(both?.name == "Nuki" && both?.services.count == 1 && both?.connectable == true)
    }

    @Test("a flood is held to eight a second, and what was held back comes later")
    func flood() {
        var pacer = AdvertisementPacer()
        var told = 0
        for number in 0..<200 where pacer.heard(heard(service, from: UInt64(number), isPeer: true), at: 0) != nil { told += 1 }
        #expect(told == AdvertisementPacer.burst)
        let later = pacer.heard(heard(service, from: 199, isPeer: true), at: 125)
        #expect(later != nil)
    }

    @Test("nonsense in an advertisement is left out, and the rest is read")
    func nonsense() {
        let data = AdvertisingData(service + [2, 0x16, 1] + [1, 0xFF] + name + [30, 0x09, 1])
        #expect(data.services == [BluetoothUUID(0xFFF0)] && data.name == "Nuki" && data.manufacturer.isEmpty && data.serviceData.isEmpty)
    }
}
