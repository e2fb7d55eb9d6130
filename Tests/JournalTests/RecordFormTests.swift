import GRDB
import LockCrypto
import LockModel
import Testing
import WireBytes

@testable import Journal

@Suite("The form of a record")
struct RecordFormTests {
    @Test("every kind is among the samples")
    func complete() {
        #expect(Set((Sample.bodies + [.snapshotTaken(Sample.snapshot)]).map(Sample.place)) == Set(0...27))
    }

    @Test("every kind comes back from its bytes as it was, and gives the same bytes again", arguments: Sample.bodies.indices)
    func roundTrip(index: Int) throws {
        let record = Sample.records[index]
        let bytes = try record.encoded()
        let back = try LockModel.Record(encoded: bytes)
        #expect(back == record)
        #expect(try back.encoded() == bytes)
        #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("{\"v\":1,\"n\":\(index + 1),\"kind\":\"\(record.body.kind)\","))
    }

    @Test("a snapshot comes back from its bytes as it was")
    func snapshot() throws {
        let record = Sample.record(1, .snapshotTaken(Sample.snapshot), owner: nil)
        #expect(try LockModel.Record(encoded: record.encoded()) == record)
    }

    @Test("a record with nothing optional in it comes back as it was too")
    func bare() throws {
        let change = LockChange(
            event: .locked, lock: Sample.front, adapter: Sample.name("nuki"), bolt: .locked, door: .absent, previous: .unknown,
            source: .unspecified, actor: ChangeActor(kind: .unknown), confirmedBy: nil, observedAt: Sample.time(1)
        )
        let record = LockModel.Record(
            number: 1, at: Sample.time(0), bootMilliseconds: 0, timeTrust: .untrusted, body: .lockChanged(change)
        )
        #expect(try LockModel.Record(encoded: record.encoded()) == record)
    }

    @Test("what is sealed is R byte for byte, and d, leaf and head are made of it as the blueprint says")
    func storedOnce() throws {
        let notebook = try Notebook()
        let records = Sample.records
        let journal = try notebook.open()
        try journal.append(records)
        let queue = try DatabaseQueue(path: notebook.path)
        try queue.read { db in
            var head = [UInt8](repeating: 0, count: 32)
            var sealing = SealingKeys(site: notebook.keys.site)
            for record in records {
                let row = try #require(
                    try Row.fetchOne(
                        db, sql: "SELECT records.n, d, head, keyId, sealed FROM records JOIN details USING (n) WHERE records.n = ?",
                        arguments: [record.number]))
                let opened = try #require(try journal.open(row, sealing: &sealing, in: db))
                #expect(opened.content == (try record.encoded()))
                #expect(opened.salt.count == 32)
                let d = sha256(opened.salt + opened.content)
                head = sha256([2] + head + sha256([0] + d))
                #expect(try row.bytes("d") == d)
                #expect(try row.bytes("head") == head)
                #expect(row["keyId"] as String == (record.owner == nil ? "site" : "resident:anna"))
            }
        }
        try queue.close()
        try journal.close()
    }

    @Test("a record of a version or kind not known, or with a member too many, is refused")
    func unknown() throws {
        let good = String(decoding: try Sample.record(1, .gatewayStopped).encoded(), as: UTF8.self)
        for (from, to) in [("\"v\":1", "\"v\":2"), ("gateway.stopped", "gateway.exploded"), ("{\"v\":1,", "{"), ("\"n\":1", "\"n\":\"1\"")]
        {
            let bad = Array(good.replacing(from, with: to).utf8)
            #expect(throws: (any Error).self) { try LockModel.Record(encoded: bad) }
        }
    }
}
