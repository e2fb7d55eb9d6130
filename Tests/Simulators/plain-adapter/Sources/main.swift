import AdapterKit

await AdapterRunner.run(PlainAdapter.self)
