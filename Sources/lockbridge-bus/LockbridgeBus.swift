import Glibc
import MQTTBus

/// `lockbridge-bus`: carries bytes between the core and one MQTT broker, and is trusted with nothing.
@main
struct LockbridgeBus {
    static func main() {
        exit(BusProcess.run())
    }
}
