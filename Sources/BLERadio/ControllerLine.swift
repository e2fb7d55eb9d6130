import BLEStack
import Glibc
import LinuxIO

/// The open line to a controller: whole packets in, bytes out, on the loop.
///
/// - A stream (TCP, unix, serial) is cut by ``HCIStreamParser``; a user channel brings a whole packet with each read, and goes through the same
///   parser, which must be between packets after it.
/// - Bounds: ``maximumOutput`` bytes wait; a controller that takes no more counts as gone.
///
/// `onEnd` is called once, and not after ``close()``.
final class ControllerLine {
    /// Why a line ended.
    enum End: Equatable {
        case closed(String)
        case garbled(HCIStreamFault)
    }

    private static let maximumOutput = 256 * 1_024
    private static let bytesPerRead = 8_192

    private let descriptor: OwnedDescriptor
    private let isPacketwise: Bool
    private let onPacket: (HCIPacket) -> Void
    private let onEnd: (End) -> Void
    private var parser = HCIStreamParser()
    private var output: [UInt8] = []
    private var watch: Watch?
    private var isOpen = true

    /// Owns the descriptor from now on.
    /// - Throws: ``IOFailure`` when it can't be waited for.
    init(
        loop: EventLoop, _ descriptor: OwnedDescriptor, isPacketwise: Bool, onPacket: @escaping (HCIPacket) -> Void,
        onEnd: @escaping (End) -> Void
    ) throws(IOFailure) {
        self.descriptor = descriptor
        self.isPacketwise = isPacketwise
        self.onPacket = onPacket
        self.onEnd = onEnd
        try descriptor.setNonBlocking()
        watch = try loop.watch(descriptor.number, readable: true, writable: false) { [weak self] readiness in
            guard let self else { return }
            if !output.isEmpty { flush() }
            if readiness != .writable { read() }
        }
    }

    /// Gives a packet to the controller; what it does not take at once waits.
    func send(_ packet: HCIPacket) {
        guard isOpen else { return }
        guard output.count < Self.maximumOutput else { return end(.closed("it takes nothing more")) }
        if isPacketwise && !output.isEmpty { return end(.closed("the kernel takes nothing more")) }
        output += packet.bytes
        flush()
    }

    private func flush() {
        guard isOpen, !output.isEmpty else { return }
        let written = write(descriptor.number, output, output.count)
        if written > 0 {
            output.removeFirst(written)
        } else if written < 0 && errno != EAGAIN && errno != EINTR {
            return end(.closed("\(IOFailure.last("write"))"))
        }
        try? watch?.setInterest(readable: true, writable: !output.isEmpty)
    }

    private func read() {
        guard isOpen else { return }
        var room = [UInt8](repeating: 0, count: Self.bytesPerRead)
        let got = Glibc.read(descriptor.number, &room, room.count)
        guard got > 0 else {
            if got == 0 { return end(.closed("closed by the other side")) }
            if errno != EAGAIN && errno != EINTR { end(.closed("\(IOFailure.last("read"))")) }
            return
        }
        parser.append(room[..<got])
        do throws(HCIStreamFault) {
            while isOpen, let packet = try parser.next() { onPacket(packet) }
        } catch {
            return end(.garbled(error))
        }
        if isPacketwise && !parser.isBetweenPackets { end(.garbled(.tooLong(got))) }
    }

    private func end(_ why: End) {
        guard isOpen else { return }
        close()
        onEnd(why)
    }

    /// Closes it; what waits is lost.
    func close() {
        isOpen = false
        watch?.cancel()
        watch = nil
        descriptor.close()
    }
}
