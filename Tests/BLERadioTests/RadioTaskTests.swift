import Testing

@testable import BLERadio

@Suite("What lockbridge-ble is started for")
struct RadioTaskTests {
    @Test(
        "each way of starting it is read as what it is",
        arguments: [
            ([], .serve), (["--connect", "/run/radio.sock"], .relay(path: "/run/radio.sock")),
            (["--listen", "/run/radio.sock", "--hci", "hci1"], .listen(path: "/run/radio.sock", .userChannel(device: 1))),
        ] as [([String], RadioTask)])
    func reads(arguments: [String], task: RadioTask) {
        #expect(RadioTask(arguments) == task)
    }

    @Test(
        "anything else is refused",
        arguments: [
            ["--connect"], ["--connect", "radio.sock"], ["--listen", "/x"], ["--listen", "/x", "--hci"],
            ["--listen", "x", "--hci", "hci0"],
            ["--listen", "/x", "--hci", "hci"], ["--listen", "/x", "hci0", "--hci"], ["--hci", "hci0"], ["serve"],
        ] as [[String]])
    func refuses(arguments: [String]) {
        #expect(RadioTask(arguments) == nil)
    }
}
