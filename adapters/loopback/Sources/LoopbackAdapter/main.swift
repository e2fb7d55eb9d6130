import AdapterKit

await AdapterRunner.run(LoopbackAdapter.self)
