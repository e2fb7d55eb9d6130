import LockModel
import Simulation

// The simulated home's names, as these tests write them.

func named<Kind>(_ text: String, as kind: Kind.Type = Kind.self) -> Name<Kind> { Home.name(text) }

func tokenID(_ number: Int64) -> TokenID { Home.tokenID(number) }

func digest(_ number: Int64) -> Digest { Home.digest(number) }

func key(of principal: PrincipalID) -> PrincipalKey { Home.key(of: principal) }

let front = Home.front
let back = Home.back
let anna = Home.anna
let shop = Home.shop
let rival = Home.rival
let bus = Home.bus
let gatewayName = Home.gateway
