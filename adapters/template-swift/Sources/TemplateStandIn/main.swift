// SPDX-License-Identifier: MIT-0
// The template's device: a virtual lock behind a socket, and beside it the stand-in protocol on standard input, for the conformance kit.
//
//     template-swift-stand-in FOLDER          the socket is FOLDER/bolt.sock; ends with its standard input
//     template-swift-stand-in --stay FOLDER   for a lock to play with: without standard input, until it is killed
import Glibc

let arguments = CommandLine.arguments.dropFirst().filter { $0 != "--stay" }
guard arguments.count == 1, let server = Server(folder: arguments[0], hearsKit: CommandLine.arguments.count == 2) else {
    let usage = "usage: template-swift-stand-in [--stay] FOLDER, which can be written to\n"
    _ = write(STDERR_FILENO, usage, usage.utf8.count)
    exit(1)
}
signal(SIGPIPE, SIG_IGN)
server.run()
