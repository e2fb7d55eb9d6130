import AdapterKit

await AdapterRunner.run(AugustAdapter.self)
