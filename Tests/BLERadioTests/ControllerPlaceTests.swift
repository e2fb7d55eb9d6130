import BLERadio
import Testing

@Suite("Where the controller is")
struct ControllerPlaceTests {
    @Test("the four kinds of place are told apart")
    func places() {
        #expect(ControllerPlace("hci1") == .userChannel(device: 1))
        #expect(ControllerPlace("tcp:127.0.0.1:9000") == .tcp(host: "127.0.0.1", port: 9000))
        #expect(ControllerPlace("unix:/run/radio") == .unix(path: "/run/radio"))
        #expect(ControllerPlace("serial:/dev/ttyACM0") == .serial(path: "/dev/ttyACM0"))
    }

    @Test(
        "anything else is refused",
        arguments: ["", "hci", "hci65535", "tcp:host", "tcp::1", "tcp:host:0", "unix:", "serial:ttyACM0", "usb:0"])
    func noPlace(text: String) {
        #expect(ControllerPlace(text) == nil)
    }
}
