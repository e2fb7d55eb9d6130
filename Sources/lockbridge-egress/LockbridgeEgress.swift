import EgressProxy
import Glibc

/// `lockbridge-egress`: lets one adapter reach the hosts its manifest names, and no others.
@main
struct LockbridgeEgress {
    static func main() { exit(EgressProcess.run(Array(CommandLine.arguments.dropFirst()))) }
}
