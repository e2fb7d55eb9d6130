import NukiProtocol
import Testing

@Suite("A Nuki lock's beacon")
struct BeaconWatchTests {
    @Test("to an app the first beacon that says changed is news, and while it goes on saying so every half hour is")
    func app() {
        var watch = BeaconWatch(isBridge: false)
        // A bridge read it before the last one: that is another change.
        let heard = [(0, false), (1, true), (1800, true), (1801, true), (1802, false), (1803, true)]
        let looks = heard.filter { watch.heard(hasChanged: $0.1, at: .seconds($0.0)) }
        #expect(looks.map(\.0) == [1, 1801, 1803])
    }

    @Test("to a bridge, which clears it, each beacon that says changed is news")
    func bridge() {
        var watch = BeaconWatch(isBridge: true)
        let looks = (1...21).filter { watch.heard(hasChanged: $0 < 21, at: .seconds($0)) }
        #expect(looks == Array(1...20))
    }

    @Test("a bit that stands for a week costs an app 48 readings a day and no more")
    func standing() {
        var watch = BeaconWatch(isBridge: false)
        var looks: [Int] = []
        for second in stride(from: 0, to: 7 * 86_400, by: 10) where watch.heard(hasChanged: true, at: .seconds(second)) {
            looks.append(second)
        }
        #expect(looks.count == 7 * 48)
    }

    @Test("whatever beacons are sent, in no 24 hours is it read more often than its limit", arguments: [false, true])
    func budget(isBridge: Bool) {
        var numbers = SystemRandomNumberGenerator()
        for _ in 0..<10 {
            var watch = BeaconWatch(isBridge: isBridge)
            var looks: [Int] = []
            var second = 0
            while second < 3 * 86_400 {
                second += Int.random(in: 1...240, using: &numbers)
                if watch.heard(hasChanged: Bool.random(using: &numbers), at: .seconds(second)) { looks.append(second) }
            }
            let limit = BeaconWatch.limit(isBridge: isBridge)
            #expect(looks.count >= 2 * limit, "what is sent is more than enough")
            for (first, last) in zip(looks, looks.dropFirst(limit)) { #expect(last - first >= 86_400) }
        }
    }

    @Test("news that comes when the day's readings are used up is looked at once there is one again")
    func late() {
        var watch = BeaconWatch(isBridge: true)
        let looks = (Array(0...240) + [86_399, 86_400]).filter { watch.heard(hasChanged: true, at: .seconds($0)) }
        #expect(looks == Array(0..<240) + [86_400])
    }
}
