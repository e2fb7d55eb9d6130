import Testing

@testable import Gateway

@Suite("A request for missed events")
struct ReplayRequestTests {
    @Test("names the last sequence one has and how many one wants")
    func good() throws {
        let request = try ReplayRequest(Array(#"{"after": 41, "limit": 500}"#.utf8))
        #expect(request.after == 41 && request.limit == 500)
    }

    @Test(
        "of any other form is refused with what is wrong",
        arguments: [
            "", "[]", "7", #"{"after":1}"#, #"{"limit":1}"#, #"{"after":-1,"limit":1}"#, #"{"after":1,"limit":0}"#,
            #"{"after":1,"limit":501}"#,
            #"{"after":1.0,"limit":5}"#, #"{"after":"1","limit":5}"#, #"{"after":null,"limit":5}"#, #"{"after":1,"limit":5,"to":"rival"}"#,
            #"{"after":1,"after":2,"limit":5}"#, #"{"after":1,"limit":[5]}"#, #"{"after":1,"limit":5}x"#,
        ])
    func bad(text: String) {
        #expect(throws: ReplayRequest.Mistake.self) { try ReplayRequest(Array(text.utf8)) }
    }

    @Test("cut short anywhere is refused")
    func truncated() {
        let whole = Array(#"{"after":41,"limit":50}"#.utf8)
        for count in whole.indices { #expect(throws: ReplayRequest.Mistake.self) { try ReplayRequest(Array(whole[..<count])) } }
    }
}
