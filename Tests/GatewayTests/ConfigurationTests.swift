import LockModel
import Testing
import WireBytes

@testable import Gateway

@Suite("The configuration")
struct ConfigurationTests {
    private static let good = """
        version: 1
        gateway: gw-abcdefghijklmnop
        site: {timeZone: Europe/Berlin, clock: host}
        buses:
          - name: shop
            url: mqtts://broker.example:8883
            tls: {ca: /etc/ca.pem, certificate: /etc/c.pem, key: /etc/k.pem}
            principals: [acme, alice]
        adapters:
          loopback: {config: {socket: /run/locks.sock, count: 3, deep: [true, "3"]}}
        roles: {operator: [adm]}
        limits: {issuerRatePerSecond: 7, settleMilliseconds: 500}
        """

    @Test("A whole file is read")
    func whole() throws {
        let configuration = try Configuration(yaml: Self.good)
        #expect(configuration.gateway == "gw-abcdefghijklmnop")
        #expect(configuration.clock == .host)
        #expect(configuration.buses.first?.principals.map(\.text) == ["acme", "alice"])
        #expect(configuration.buses.first?.tls?.key == "/etc/k.pem")
        #expect(configuration.adapters.first?.config == ["socket": "/run/locks.sock", "count": 3, "deep": [true, "3"]])
        #expect(configuration.limits.issuerRatePerSecond == 7)
        #expect(configuration.relock.settleMilliseconds == 500)
        #expect(configuration.operatorGroups == ["adm"])
    }

    @Test("Controllers are read wherever they are, a radio that was started apart too")
    func radios() throws {
        let places = ["tcp:127.0.0.1:9", "unix:/run/h4", "serial:/dev/ttyUSB0", "socket:/run/lockbridge-ble/hci0.sock"]
        let yaml = Self.good + "\nradios:\n  ble:\n" + places.map { "    - hci: \($0)\n" }.joined()
        #expect(try Configuration(yaml: yaml).radios.map(\.hci) == places)
        for wrong in ["socket:radio.sock", "socket:", "hci", "bluetooth", "hci0"] {
            #expect(throws: ConfigurationMistake.self) {
                try Configuration(yaml: Self.good + "\nradios: {ble: [{hci: \"\(wrong)\"}]}")
            }
        }
    }

    @Test(
        "A mistake refuses the file and names its place",
        arguments: [
            ("adapters:", "adaptrs:", "adaptrs: unknown key; did you mean `adapters`?"),
            ("name: shop", "nam: shop", "buses[0].nam: unknown key; did you mean `name`?"),
            ("version: 1", "version: 2", "version: is 2; this Lockbridge reads version 1"),
            ("gw-abcdefghijklmnop", "gw-ABC", "gateway: is not a gateway id"),
            ("[acme, alice]", "[Acme]", "buses[0].principals[0]: `Acme` is no name for a principal"),
            ("mqtts://", "http://", "buses[0].url: is not a broker's address"),
            ("certificate: /etc/c.pem, ", "", "buses[0].tls: certificate and key go together"),
            ("clock: host", "clock: sundial", "site.clock: is `sundial`; one of kernel, host is allowed"),
            ("settleMilliseconds: 500", "settleMilliseconds: 5", "limits.settleMilliseconds: is 5; 100 to 60000 are allowed"),
            ("issuerRatePerSecond: 7", "issuerRatePerSecond: many", "limits.issuerRatePerSecond: is not a whole number"),
            ("site: {timeZone: Europe/Berlin, clock: host}", "", "site: is missing"),
            ("version: 1", "version: 1\nversion: 1", "not YAML"),
        ])
    func mistakes(find: String, put: String, says: String) {
        let yaml = Self.replacing(find, by: put)
        do throws(ConfigurationMistake) {
            _ = try Configuration(yaml: yaml)
            Issue.record("\(put) was taken")
        } catch {
            #expect("\(error)".hasPrefix(says), "\(error)")
        }
    }

    @Test(
        "An anchor refuses the file before anything follows it, so that nested aliases cost nothing",
        arguments: ["&t UTC", "{deep: &t [1]}", "[1, &t {a: b}]", "{&t key: value}"]
    )
    func anchors(value: String) {
        let levels = zip("abcdefgh", "bcdefghi").map { "\($1): &\($1) [\(Array(repeating: "*\($0)", count: 9).joined(separator: ", "))]\n" }
        for text in ["site: \(value)\n", "a: &a [1]\n" + levels.joined()] {
            do throws(ConfigurationMistake) {
                _ = try Configuration(yaml: text)
                Issue.record("taken")
            } catch {
                #expect(error.message == "anchors and aliases are not taken; write the value out")
            }
        }
    }

    @Test("No truncation of a file crashes the reader")
    func truncations() {
        let bytes = Array(Self.good.utf8)
        var refused = 0
        for length in 0..<bytes.count {
            let text = String(decoding: bytes[..<length], as: UTF8.self)
            do throws(ConfigurationMistake) { _ = try Configuration(yaml: text) } catch { refused += 1 }
        }
        #expect(refused > bytes.count / 2)
    }

    private static func replacing(_ find: String, by put: String) -> String {
        guard let range = good.firstRange(of: find) else {
            Issue.record("\(find) is not in the file")
            return ""
        }
        return good.replacingCharacters(in: range, with: put)
    }
}

extension String {
    fileprivate func firstRange(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }

    fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
