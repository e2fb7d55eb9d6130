import Glibc
import LockCrypto
import LockModel
import Testing
import WireBytes

@testable import Gateway

@Suite("What adapters keep")
struct AdapterStatesTests {
    private let folder: String
    private let seal = SecretBytes.random(32)
    private let front: AdapterStates.Owner
    private let back: AdapterStates.Owner
    private let other: AdapterStates.Owner

    init() throws {
        var template = Array("/tmp/lb-states-XXXXXX".utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) }) + "/state"
        let (nuki, august) = (try #require(AdapterName("nuki")), try #require(AdapterName("august")))
        front = AdapterStates.Owner(adapter: nuki, part: .lock(try #require(LockID("front"))))
        back = AdapterStates.Owner(adapter: nuki, part: .lock(try #require(LockID("back"))))
        other = AdapterStates.Owner(adapter: august)
    }

    private func states(_ seal: SecretBytes? = nil) throws -> AdapterStates { try AdapterStates(folder: folder, seal: seal ?? self.seal) }

    private func file(_ name: String) throws -> [UInt8] { try PrivateFile.read(folder + "/" + name, maximumBytes: 65_536) }

    private static let secret: JSONObject = ["key": "f00dface", "counter": 7]

    @Test("is given back as it was put, over a restart, and the newest of two is")
    func roundTrip() throws {
        #expect(try states().read(front) == nil)
        try states().write(Self.secret, of: front)
        #expect(try states().read(front)?["key"] == "f00dface")
        try states().write(["key": "beef"], of: front)
        #expect(try states().read(front)?["key"] == "beef")
        #expect(try states().read(front)?.count == 1)
        #expect(try states().read(back) == nil && states().read(other) == nil)
    }

    @Test("is not readable on disk, nor by other users")
    func sealed() throws {
        try states().write(Self.secret, of: front)
        let bytes = try file("nuki/lock-front")
        #expect(!String(decoding: bytes, as: UTF8.self).contains("f00dface"))
        var info = stat()
        #expect(stat(folder + "/nuki/lock-front", &info) == 0 && info.st_mode & 0o777 == 0o600)
        #expect(stat(folder + "/nuki", &info) == 0 && info.st_mode & 0o777 == 0o700)
    }

    @Test("opens for its owner alone: not in another lock's place, not in another adapter's, not with another key")
    func bound() throws {
        try states().write(Self.secret, of: front)
        try states().write(["x": 1], of: other)
        let bytes = try file("nuki/lock-front")
        for (name, owner) in [("nuki/lock-back", back), ("august/adapter", other)] {
            try PrivateFile.replace(bytes, at: folder + "/" + name)
            #expect(throws: AdapterStates.Damage.self) { try states().read(owner) }
        }
        #expect(throws: AdapterStates.Damage.self) { try states(SecretBytes.random(32)).read(front) }
    }

    @Test("changed in any byte, or cut short, it is refused and said so")
    func damaged() throws {
        try states().write(Self.secret, of: front)
        let whole = try file("nuki/lock-front")
        for index in whole.indices {
            var changed = whole
            changed[index] ^= 0x40
            try PrivateFile.replace(changed, at: folder + "/nuki/lock-front")
            #expect(throws: AdapterStates.Damage.self) { try states().read(front) }
            try PrivateFile.replace(Array(whole[..<index]), at: folder + "/nuki/lock-front")
            #expect(throws: AdapterStates.Damage.self) { try states().read(front) }
        }
    }

    @Test("is gone when it is removed, and removing it twice is no fault")
    func removed() throws {
        try states().write(Self.secret, of: front)
        try states().forget(front)
        try states().forget(front)
        #expect(try states().read(front) == nil)
    }
}
