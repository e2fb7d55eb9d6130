import BLERadio
import Glibc

/// `lockbridge-ble`: one Bluetooth controller, and no judgement about what passes.
@main
struct LockbridgeBLE {
    static func main() {
        exit(RadioProcess.run(Array(CommandLine.arguments.dropFirst())))
    }
}
