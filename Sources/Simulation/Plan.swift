import LockModel

/// A whole life as data: how the home is furnished, and what happens when. The same plan gives the same life.
package struct Plan: Sendable, Codable, Equatable {
    /// One action with its time, in milliseconds after everybody has moved in.
    package struct Step: Sendable, Codable, Equatable {
        package var at: Int64
        package var `do`: Action

        package init(at: Int64, do action: Action) {
            self.at = at
            self.do = action
        }
    }

    /// A grant the home starts with, by its name.
    package struct HomeGrant: Sendable, Codable, Equatable {
        package var name: String
        package var retailer: PrincipalID
        package var lock: LockID
        package var maxUses: Int
        package var seconds: Int64
        package var minRelock: RelockAssurance?
        /// It may be used for so long, then not for so long, and so on; `nil`: at any time.
        package var windowSeconds: Int64?
    }

    package var grants: [HomeGrant]
    /// Locks that are relocked when found open without an obligation.
    package var alwaysLocked: [LockID]
    /// In order of their times.
    package var steps: [Step]
    /// How long things are well after the last step, before the end is judged.
    package var healSeconds: Int64

    package init(
        grants: [HomeGrant] = Plan.homeGrants, alwaysLocked: [LockID] = [], steps: [Step], healSeconds: Int64 = 900
    ) {
        self.grants = grants
        self.alwaysLocked = alwaysLocked
        self.steps = steps
        self.healSeconds = healSeconds
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            grants: try container.decodeIfPresent([HomeGrant].self, forKey: .grants) ?? Plan.homeGrants,
            alwaysLocked: try container.decodeIfPresent([LockID].self, forKey: .alwaysLocked) ?? [],
            steps: try container.decode([Step].self, forKey: .steps),
            healSeconds: try container.decodeIfPresent(Int64.self, forKey: .healSeconds) ?? 900)
    }

    /// A grant for each retailer and lock, one with few uses, one that asks for the lock's own relock, one that ends
    /// soon, one with windows.
    package static let homeGrants: [HomeGrant] = {
        let month: Int64 = 30 * 86_400
        var grants: [HomeGrant] = []
        for retailer in [Home.shop, Home.rival] {
            for lock in Home.locks {
                grants.append(
                    HomeGrant(name: "\(retailer)-\(lock)", retailer: retailer, lock: lock, maxUses: 200, seconds: month, minRelock: nil))
            }
            grants.append(
                HomeGrant(
                    name: "\(retailer)-few", retailer: retailer, lock: Home.front, maxUses: 3, seconds: month, minRelock: nil))
        }
        grants.append(
            HomeGrant(name: "shop-sure", retailer: Home.shop, lock: Home.front, maxUses: 50, seconds: month, minRelock: .lockAuto))
        grants.append(
            HomeGrant(name: "rival-short", retailer: Home.rival, lock: Home.back, maxUses: 50, seconds: 120, minRelock: nil))
        grants.append(
            HomeGrant(
                name: "shop-window", retailer: Home.shop, lock: Home.back, maxUses: 50, seconds: month, minRelock: nil, windowSeconds: 90))
        return grants
    }()
}
